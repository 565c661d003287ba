import { createSimulator } from "../../../packages/runtime/src/simulator/index.ts"
import { serve } from "./server.ts"

serve(createSimulator())
