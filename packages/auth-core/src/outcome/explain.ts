import { explainAudience } from '../access-token/explain-audience.js'
import { explainForm } from '../access-token/explain-form.js'
import { explainUnmet } from '../authorization/explain-unmet.js'
import { explainIssuer } from '../issuer/explain-issuer.js'
import { explainKey } from '../issuer/explain-key.js'
import { advise } from './advice.js'
import type { Explanations } from './explanations.js'

/** Every explanation there is. */
export const EXPLANATIONS: Explanations = {
  form: explainForm,
  issuer: explainIssuer,
  key: explainKey,
  audience: explainAudience,
  unmet: explainUnmet,
  advise,
}
