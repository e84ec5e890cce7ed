/** The present time. A port, so that rules about time can be tested at any time. */
export type Now = () => Date
