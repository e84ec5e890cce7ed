/**
 * The program of a child process of Telecine, one per review: a picture in, the lines that are written in it out. It says that it is
 * ready, or why not, as the answer to question 0. Its argument is the longest side of a picture that is read as it is, in pixels.
 */
const side = Number(process.argv[2])

/** Covers have any size, and would take as much longer as they are larger. */
const shrink = async (sharp, picture) => {
  const { width, height } = await sharp(picture).metadata()
  if (Math.max(width, height) <= side) return picture
  return sharp(picture).resize(side, side, { fit: 'inside' }).png({ compressionLevel: 0 }).toBuffer()
}

/** Imported here, so that what is not installed is an answer. */
const load = async () => {
  const [{ default: Ocr }, { default: sharp }] = await Promise.all([import('@gutenye/ocr-node'), import('sharp')])
  // One review takes one processor.
  sharp.concurrency(1)
  const ocr = await Ocr.create({ onnxOptions: { intraOpNumThreads: 1, interOpNumThreads: 1 } })
  return async (jpeg) => {
    // It says that it wants a path, and hands it to sharp, which takes bytes, too.
    const lines = await ocr.detect(await shrink(sharp, Buffer.from(jpeg)))
    return lines.map(({ text, mean }) => ({ text, confidence: mean }))
  }
}

const answer = async (id, work) => {
  const message = await work.then(
    (value) => ({ id, answer: value }),
    (error) => ({ id, error: error instanceof Error ? error.message : String(error) }),
  )
  process.send(message)
}

const reading = load()
process.on(
  'message',
  ({ id, jpeg }) =>
    void answer(
      id,
      reading.then((read) => read(jpeg)),
    ),
)
process.on('disconnect', () => process.exit())
await answer(
  0,
  reading.then(() => 'ready'),
)
