/** One entry of the data that the sample APIs serve. */
export interface Message {
  readonly id: string
  readonly from: string
  readonly text: string
}

export const messages: readonly Message[] = [
  { id: '1', from: 'ada', text: 'The engine weaves algebraic patterns.' },
  { id: '2', from: 'grace', text: 'It is easier to ask forgiveness than permission, except from a resource server.' },
  { id: '3', from: 'alan', text: 'We can only see a short distance ahead.' },
]
