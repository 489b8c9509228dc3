// A thread of fer-threads.wasm: libfer.js starts it as a worker, in browsers and in Node. It works until it is terminated.

async function work(port, { module, memory, index, stack }) {
  try {
    const imports = {};
    for (const { module: from, name, kind } of WebAssembly.Module.imports(module))
      (imports[from] ??= {})[name] = kind === "memory" ? memory : () => 0; // tasks ask nothing of their host
    const { exports } = await WebAssembly.instantiate(module, imports);
    exports.stackRestore(stack);
    port.postMessage({ ready: true });
    exports.fer_web_thread(index);
  } catch (error) {
    port.postMessage({ error: String(error) });
  }
}

if (typeof process === "object" && process.versions?.node) {
  const name = "node:worker_threads"; // a variable, so that bundlers for browsers leave the import alone
  import(/* webpackIgnore: true */ /* @vite-ignore */ name).then(({ parentPort }) =>
    parentPort.once("message", (data) => work(parentPort, data)));
} else {
  addEventListener("message", ({ data }) => work(globalThis, data), { once: true });
}
