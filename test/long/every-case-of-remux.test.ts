// With every case.
import '../journeys/remux.test.ts'
