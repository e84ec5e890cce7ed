/**
 * The containers that the creation calls know, as FFmpeg's demuxers. None of them opens a second file: no playlists, no
 * `concat`, no image sequences. Where they come from (the vendor's `video_type`): MP4 MOV M4V F4V 3GP M4A M4R = mov; MKV
 * WEBM = matroska; MPG MPEG = mpeg, mpegvideo; WMV ASF WMA = asf; RMVB = rm; MP2 MP3 = mp3; the others by their own names.
 */
const DEMUXERS = [
  ...['mov', 'mp4', 'm4a', '3gp', '3g2', 'mj2', 'matroska', 'webm', 'mpegts', 'mpeg', 'mpegvideo'],
  ...['flv', 'avi', 'asf', 'rm', 'mxf', 'ogg', 'mp3', 'aac', 'flac', 'wav', 'w64', 'aiff', 'caf'],
  ...['ape', 'ac3', 'eac3', 'amr', 'amrnb', 'amrwb', 'mmf', 'wv'],
]

/** Stands before `-i`: what FFmpeg may open at all, and what `repairMatrix` says. */
export const inputArguments = (url: string, repair: readonly string[] = []): readonly string[] => [
  ...['-protocol_whitelist', 'http,tcp', '-format_whitelist', DEMUXERS.join(','), ...repair, '-i', url],
]
