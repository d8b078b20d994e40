import {
  callNative,
  type NativeDataset,
  type NativeJob,
  type NativeMetrics,
  type NativeNetwork,
  type NativeProgress,
} from '../native/addon.js';

/** What one network asks for. */
type Request =
  | {
      readonly kind: 'train';
      readonly dataset: NativeDataset;
      readonly batchSize: number;
      readonly epoch: number;
      readonly shuffle: boolean;
    }
  | { readonly kind: 'evaluate'; readonly dataset: NativeDataset; readonly batchSize: number };

/** A request and who waits for it. */
class Call {
  readonly promise: Promise<NativeMetrics>;
  #resolve!: (metrics: NativeMetrics) => void;
  #reject!: (error: unknown) => void;
  #error: { readonly cause: unknown } | undefined;

  constructor(
    readonly member: number,
    readonly request: Request,
    readonly onProgress: NativeProgress | undefined,
  ) {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Whether nobody waits for a result any more. */
  get isGivenUp(): boolean {
    return this.#error !== undefined;
  }

  /** It fails with this error once the network is idle. The first one counts. */
  giveUp(error: unknown): void {
    this.#error ??= { cause: error };
  }

  succeed(metrics: NativeMetrics): void {
    if (this.#error === undefined) this.#resolve(metrics);
    else this.#reject(this.#error.cause);
  }

  fail(error: unknown): void {
    this.giveUp(error);
    this.#reject(this.#error!.cause);
  }

  tell(batch: number, batches: number, metrics: NativeMetrics): void {
    if (this.isGivenUp) return;
    try {
      this.onProgress?.(batch, batches, [metrics]);
    } catch (error) {
      this.giveUp(error);
    }
  }
}

/**
 * Lets networks of the engine that were made together train in common steps. A call of one that has
 * joined waits until every other one that has joined has made its own; those that are alike then run as
 * one, each with the result that it would have alone.
 */
export class CommonSteps {
  /** In place of the engine's networks, in their order. */
  readonly members: readonly NativeNetwork[];
  readonly #networks: readonly NativeNetwork[];
  readonly #joined = new Set<number>();
  #waiting: Call[] = [];
  #running: readonly Call[] | undefined;
  #job: NativeJob<unknown> | undefined;

  constructor(networks: readonly NativeNetwork[]) {
    this.#networks = networks;
    this.members = networks.map((network, index) => this.#member(network, index));
  }

  join(member: number): void {
    this.#joined.add(member);
  }

  leave(member: number): void {
    this.#joined.delete(member);
    this.#runIfComplete();
  }

  #member(network: NativeNetwork, index: number): NativeNetwork {
    return {
      trainEpoch: (dataset, batchSize, epoch, shuffle, onProgress) =>
        this.#joined.has(index)
          ? this.#call(index, { kind: 'train', dataset, batchSize, epoch, shuffle }, onProgress)
          : network.trainEpoch(dataset, batchSize, epoch, shuffle, onProgress),
      evaluate: (dataset, batchSize) =>
        this.#joined.has(index)
          ? this.#call(index, { kind: 'evaluate', dataset, batchSize })
          : network.evaluate(dataset, batchSize),
      predict: (dataset, batchSize) => network.predict(dataset, batchSize),
      getWeights: () => network.getWeights(),
      setWeights: (weights) => network.setWeights(weights),
      setLearningRate: (rate) => network.setLearningRate(rate),
      trim: () => network.trim(),
      describe: () => network.describe(),
      dispose: () => network.dispose(),
    };
  }

  #call(member: number, request: Request, onProgress?: NativeProgress): NativeJob<NativeMetrics> {
    const call = new Call(member, request, onProgress);
    this.#waiting.push(call);
    this.#runIfComplete();
    return { promise: call.promise, cancel: () => this.#cancel(call) };
  }

  /** The others go on; what nobody waits for any more is stopped. */
  #cancel(call: Call): void {
    const error = Object.assign(new Error('stopped on request'), { code: 'ERR_CANCELLED' });
    if (this.#waiting.includes(call)) {
      this.#waiting = this.#waiting.filter((other) => other !== call);
      call.fail(error);
      return;
    }
    call.giveUp(error);
    this.#stopIfGivenUp();
  }

  #stopIfGivenUp(): void {
    if (this.#running?.every(({ isGivenUp }) => isGivenUp)) this.#job?.cancel();
  }

  #runIfComplete(): void {
    if (this.#running !== undefined || this.#waiting.length === 0) return;
    const waiting = new Set(this.#waiting.map(({ member }) => member));
    for (const member of this.#joined) if (!waiting.has(member)) return;
    const [first] = this.#waiting as [Call];
    const alike = this.#waiting.filter(({ request }) => isSame(request, first.request));
    this.#waiting = this.#waiting.filter((call) => !alike.includes(call));
    this.#running = alike;
    void this.#run(alike, first.request);
  }

  async #run(calls: readonly Call[], request: Request): Promise<void> {
    try {
      this.#job = this.#start(calls, request);
      const metrics = await (this.#job as NativeJob<NativeMetrics[]>).promise;
      for (const [i, call] of calls.entries()) call.succeed(metrics[i]!);
    } catch (error) {
      for (const call of calls) call.fail(error);
    } finally {
      this.#job = undefined;
      this.#running = undefined;
    }
    this.#runIfComplete();
  }

  #start(calls: readonly Call[], request: Request): NativeJob<NativeMetrics[]> {
    const networks = calls.map(({ member }) => this.#networks[member]!);
    const { dataset, batchSize } = request;
    if (request.kind === 'evaluate') {
      return callNative((addon) => addon.evaluateTogether(networks, dataset, batchSize));
    }
    const { epoch, shuffle } = request;
    const onProgress: NativeProgress | undefined = calls.some((call) => call.onProgress)
      ? (batch, batches, metrics) => {
          for (const [i, call] of calls.entries()) call.tell(batch, batches, metrics[i]!);
          this.#stopIfGivenUp();
        }
      : undefined;
    return callNative((addon) =>
      addon.trainTogether(networks, dataset, batchSize, epoch, shuffle, onProgress),
    );
  }
}

function isSame(a: Request, b: Request): boolean {
  if (a.kind !== b.kind || a.dataset !== b.dataset || a.batchSize !== b.batchSize) return false;
  return (
    a.kind === 'evaluate' || (b.kind === 'train' && a.epoch === b.epoch && a.shuffle === b.shuffle)
  );
}
