/** Of one value of a vector, and the scalars behind it; undefined drops the element. */
export type ElementFunction = (value: number, ...parameters: number[]) => number | undefined

const DAY_MS = 86_400_000

const ofDate =
  (read: (date: Date) => number): ElementFunction =>
  (seconds) =>
    read(new Date(Math.trunc(seconds) * 1000))

const startOf = (year: number, month = 0): Date => {
  const date = new Date(0)
  date.setUTCFullYear(year, month, 1)
  return date
}

const dayOfYear = (date: Date): number =>
  Math.floor((date.getTime() - startOf(date.getUTCFullYear()).getTime()) / DAY_MS) + 1

const daysInMonth = (date: Date): number => {
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  return (startOf(year, month + 1).getTime() - startOf(year, month).getTime()) / DAY_MS
}

export const dateFunctions: Readonly<Record<string, ElementFunction>> = {
  year: ofDate((date) => date.getUTCFullYear()),
  month: ofDate((date) => date.getUTCMonth() + 1),
  day_of_month: ofDate((date) => date.getUTCDate()),
  day_of_week: ofDate((date) => date.getUTCDay()),
  day_of_year: ofDate(dayOfYear),
  days_in_month: ofDate(daysInMonth),
  hour: ofDate((date) => date.getUTCHours()),
  minute: ofDate((date) => date.getUTCMinutes()),
}

const clamp: ElementFunction = (value, least, most) =>
  most < least ? undefined : Math.max(least, Math.min(most, value))

export const elementFunctions: Readonly<Record<string, ElementFunction>> = {
  ...dateFunctions,
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sgn: (value) => (value > 0 ? 1 : value < 0 ? -1 : value),
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  rad: (value) => (value * Math.PI) / 180,
  deg: (value) => (value * 180) / Math.PI,
  // Dividing by the inverse is how Prometheus keeps 0.1 from becoming 0.30000000000000004.
  round: (value, nearest = 1) => Math.floor(value * (1 / nearest) + 0.5) / (1 / nearest),
  clamp,
  clamp_min: (value, least) => clamp(value, least, Infinity),
  clamp_max: (value, most) => clamp(value, -Infinity, most),
}
