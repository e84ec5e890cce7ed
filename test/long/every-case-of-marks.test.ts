// With every case.
import '../ffmpeg/marks.test.ts'
