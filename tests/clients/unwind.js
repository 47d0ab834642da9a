// Cleaning up in the order opposite to the one of setting up: a client stops before its server, or it would try to reach
// it again. node:test itself runs first what `after` was given first.

export function unwinding(t) {
  const steps = []
  t.after(async () => {
    const failures = []
    for (const step of steps.reverse()) {
      try {
        await step()
      } catch (failure) {
        failures.push(failure)
      }
    }
    if (failures.length) throw failures[0]
  })
  return { after: (step) => steps.push(step) }
}
