// With every case.
import '../journeys/templates.test.ts'
