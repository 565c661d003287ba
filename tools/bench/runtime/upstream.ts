import { createSimulator } from "../../../packages/runtime/src/simulator/index.ts"
import { serve } from "./messages.ts"

serve(createSimulator())
