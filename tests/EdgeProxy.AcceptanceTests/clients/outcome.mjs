// What every client script shares: it is started with one JSON argument, asks once, and prints one line of JSON that says
// what the program around the SDK would have seen.

/** The argument: {baseUrl, entry, maxRetries?}. */
export const args = JSON.parse(process.argv[2]);

/** The entry points of one SDK by name: each takes an outcome to fill in while the answer comes. */
export async function run(entries) {
  const outcome = { text: '', events: 0, finish: null, error: null };
  try {
    await entries[args.entry](outcome);
  } catch (error) {
    outcome.error = describe(error);
  }

  process.stdout.write(JSON.stringify(outcome) + '\n');
  // A broken answer may leave sockets or timers behind that would keep the process.
  process.exit(0);
}

/** An error as a program can tell it apart: its classes from the most derived on, and the fields the SDKs set. */
export function describe(error) {
  const classes = [];
  for (let proto = Object.getPrototypeOf(error); proto && proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) {
    classes.push(proto.constructor.name);
  }

  return {
    classes,
    name: error.name ?? null,
    message: error.message ?? String(error),
    status: error.status ?? error.statusCode ?? null,
    code: error.code ?? null,
    type: error.type ?? null,
    requestId: error.requestID ?? null,
    apiMessage: error.apiMessage ?? null,
    body: error.error ?? error.data ?? null,
    last: error.lastError ? describe(error.lastError) : null,
  };
}
