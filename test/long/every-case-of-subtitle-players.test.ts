// With every case.
import '../journeys/subtitle-players.test.ts'
