// With every case.
import '../journeys/players.test.ts'
