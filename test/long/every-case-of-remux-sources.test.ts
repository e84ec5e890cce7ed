// With every case.
import '../journeys/remux-sources.test.ts'
