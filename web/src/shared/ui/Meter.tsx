/** A share in percent as a figure with a short bar. */
export function Meter({ percent }: { percent: string | null | undefined }) {
  if (percent === null || percent === undefined) return <>—</>
  return (
    <span className="meter">
      <span className="meter-bar" aria-hidden="true"><span style={{ width: `${Math.min(100, Number(percent))}%` }} /></span>
      <span className="figure">{percent}%</span>
    </span>
  )
}
