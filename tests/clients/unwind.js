// Cleans up in reverse order: a client must stop before its server, or it would reconnect. The `after` of node:test runs
// its functions in the order in which they were added.

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
