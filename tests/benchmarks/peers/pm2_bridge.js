// Between a benchmark and pm2's own API: one JSON request a line in; one JSON answer, or event, a line out.
// Arguments: the folder of the module `pm2`. PM2_HOME says which daemon; connecting starts it where there is none.
const pm2 = require(process.argv[2]);
const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");
// The same clock as Python's perf_counter.
const now = () => Number(process.hrtime.bigint()) / 1e9;
const brief = (result) =>
  Array.isArray(result) ? result.map((one) => ({ name: one.name, pid: one.pid })) : null;

function serve() {
  require("readline")
    .createInterface({ input: process.stdin })
    .on("line", (line) => {
      const { id, call, args } = JSON.parse(line);
      pm2[call](...args, (error, result) =>
        say({ id, error: error ? String(error.message || error) : null, result: brief(result) }),
      );
    })
    .on("close", () => process.exit(0));
}

pm2.connect((error) => {
  if (error) throw error;
  pm2.launchBus((error, bus) => {
    if (error) throw error;
    bus.on("process:event", (event) => say({ event: event.event, name: event.process.name, at: now() }));
    serve();
    say({ ready: true });
  });
});
