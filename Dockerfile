# One image for every role: `start` (all in one), `serve`, `worker`, `migrate`.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN npm ci && npm prune --omit=dev

FROM node:24-bookworm-slim
# FFmpeg for platforms for which npm has no binary; on x64 the packaged one is taken first.
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg tini && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json /app/NOTICE /app/LICENSE ./
COPY --from=build /app/bin bin
COPY --from=build /app/dist dist
COPY --from=build /app/migrations migrations
COPY --from=build /app/node_modules node_modules
RUN mkdir /data && chown node /data
USER node
ENV TELECINE_DATA_DIR=/data TELECINE_LISTEN=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["tini", "--", "node", "bin/telecine.js"]
CMD ["start"]
