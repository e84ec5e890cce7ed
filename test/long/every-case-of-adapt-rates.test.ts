// With every case.
import '../ffmpeg/adapt-rates.test.ts'
