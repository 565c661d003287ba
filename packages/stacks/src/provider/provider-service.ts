import grpc from "@grpc/grpc-js"
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js"
import serviceDefinitions from "@pulumi/pulumi/proto/provider_grpc_pb.js"
import messages from "@pulumi/pulumi/proto/provider_pb.js"
import emptyMessages from "google-protobuf/google/protobuf/empty_pb.js"
import structMessages, { type JavaScriptValue, type Struct } from "google-protobuf/google/protobuf/struct_pb.js"
import { listenForOwnUser } from "./own-user-listener.ts"
import type { Difference, Properties, ResourceHandler } from "./resource-handler.ts"

export interface ProviderEvents {
  /** A resource was compared with what is really there. */
  onDiff?(urn: string, difference: Difference): void
  /** A call failed. The engine passes on the message alone; here is the error itself. */
  onError?(urn: string, error: Error): void
  /** Another user of this machine tried to call the provider; their user id is not always known. */
  onRefused?(uid: number | undefined): void
}

export interface RunningProvider {
  /** What `PULUMI_DEBUG_PROVIDERS` wants to hear, so that engines use this process instead of starting a plugin. */
  readonly attach: string
  readonly port: number
  close(): Promise<void>
}

export const providerPackage = "chatops"

/**
 * Serves the resource provider of package `chatops` over the engine's gRPC protocol.
 * The SDK's own server would do, but drops the reasons and the detail of a diff. `signal` cancels what is under way.
 *
 * Engines know a provider by its port alone and show no credentials, so on Linux only processes of our own user are
 * heard. Elsewhere any user of the machine is: there the handlers' own checks are what protects.
 */
export async function serveProvider(
  handlers: ReadonlyMap<string, ResourceHandler>,
  signal: AbortSignal,
  events: ProviderEvents = {},
): Promise<RunningProvider> {
  const closing = new AbortController()
  const server = new grpc.Server({ "grpc.max_receive_message_length": 64 * 1024 * 1024 })
  server.addService(
    (serviceDefinitions as unknown as { ResourceProviderService: grpc.ServiceDefinition }).ResourceProviderService,
    methods(handlers, events, AbortSignal.any([signal, closing.signal])),
  )
  const calls = server.createConnectionInjector(grpc.ServerCredentials.createInsecure())
  const listener = await listenForOwnUser(
    socket => calls.injectConnection(socket),
    uid => events.onRefused?.(uid),
  )
  return {
    attach: `${providerPackage}:${listener.port}`,
    port: listener.port,
    close: async () => {
      closing.abort()
      listener.close()
      server.forceShutdown()
    },
  }
}

type Call<Request> = { readonly request: Request; getPeer(): string }
type Reply<Response> = (error: grpc.ServiceError | Error | null, response?: Response) => void
type Method<Request, Response> = (call: Call<Request>, reply: Reply<Response>) => void

function methods(
  handlers: ReadonlyMap<string, ResourceHandler>,
  events: ProviderEvents,
  ended: AbortSignal,
): grpc.UntypedServiceImplementation {
  const underWay = new CallsUnderWay()
  /** A change, which the operation may end, and the engine that asked for it. */
  const lasting =
    <Request, Response>(
      work: (request: Request, signal: AbortSignal) => Promise<Response>,
    ): Method<Request, Response> =>
    (call, reply) =>
      answer((request: Request) =>
        underWay.track(call.getPeer(), cancelled => work(request, AbortSignal.any([ended, cancelled]))),
      )(call, reply)
  const reported = async <Result>(
    urn: string,
    work: (handler: ResourceHandler) => Promise<Result>,
  ): Promise<Result> => {
    try {
      return await work(handlerOf(urn))
    } catch (error) {
      events.onError?.(urn, error as Error)
      throw error
    }
  }
  const handlerOf = (urn: string): ResourceHandler => {
    const type = urn.split("::")[2]?.split("$").at(-1) ?? ""
    const handler = handlers.get(type)
    if (!handler) throw new Error(`the chatops provider has no resource type ${type}`)
    return handler
  }
  return {
    handshake: unimplemented("Handshake"),
    parameterize: unimplemented("Parameterize"),
    checkConfig: unimplemented("CheckConfig"),
    diffConfig: unimplemented("DiffConfig"),
    attach: answer(async () => new emptyMessages.Empty()),
    // An engine says this whenever it ends, even well, and others go on with the same provider.
    cancel: (call: Call<unknown>, reply: Reply<unknown>) => {
      underWay.cancel(call.getPeer())
      reply(null, new emptyMessages.Empty())
    },
    getSchema: answer(async () => new messages.GetSchemaResponse().setSchema("{}")),
    getPluginInfo: answer(async () => new pluginMessages.PluginInfo().setVersion("0.1.0")),
    configure: answer(async () => new messages.ConfigureResponse().setAcceptsecrets(false).setSupportspreview(false)),
    check: answer(async (request: messages.CheckRequest) => new messages.CheckResponse().setInputs(request.getNews())),
    diff: answer(async (request: messages.DiffRequest) => {
      const urn = request.getUrn()
      const difference = await reported(urn, handler =>
        handler.diff(request.getId(), plain(request.getOlds()), plain(request.getNews())),
      )
      events.onDiff?.(urn, difference)
      return diffResponse(difference)
    }),
    create: lasting(async (request: messages.CreateRequest, signal) => {
      const urn = request.getUrn()
      const made = await reported(urn, handler => handler.create(urn, plain(request.getProperties()), signal))
      return new messages.CreateResponse().setId(made.id).setProperties(struct(made.outputs))
    }),
    read: answer(async (request: messages.ReadRequest) =>
      new messages.ReadResponse().setId(request.getId()).setProperties(request.getProperties()),
    ),
    update: lasting(async (request: messages.UpdateRequest, signal) => {
      const outputs = await reported(request.getUrn(), handler =>
        handler.update(request.getId(), plain(request.getOlds()), plain(request.getNews()), signal),
      )
      return new messages.UpdateResponse().setProperties(struct(outputs))
    }),
    delete: lasting(async (request: messages.DeleteRequest, signal) => {
      await reported(request.getUrn(), handler =>
        handler.delete(request.getId(), plain(request.getProperties()), signal),
      )
      return new emptyMessages.Empty()
    }),
  }
}

/** Calls that have not been answered yet, by the connection they came over: each engine has its own. */
class CallsUnderWay {
  readonly #calls = new Map<AbortController, string>()

  async track<Result>(peer: string, work: (cancelled: AbortSignal) => Promise<Result>): Promise<Result> {
    const call = new AbortController()
    this.#calls.set(call, peer)
    try {
      return await work(call.signal)
    } finally {
      this.#calls.delete(call)
    }
  }

  cancel(peer: string): void {
    for (const [call, from] of this.#calls) if (from === peer) call.abort(new Error("the engine cancelled this change"))
  }
}

function diffResponse(difference: Difference): messages.DiffResponse {
  const changed = difference.reasons.length > 0 || (difference.replaces?.length ?? 0) > 0
  const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges
  return new messages.DiffResponse()
    .setChanges(changed ? DIFF_SOME : DIFF_NONE)
    .setReplacesList([...(difference.replaces ?? [])])
    .setDeletebeforereplace(true)
}

function answer<Request, Response>(work: (request: Request) => Promise<Response>): Method<Request, Response> {
  return (call, reply) => {
    work(call.request).then(
      response => reply(null, response),
      (error: Error) =>
        reply({
          name: error.name,
          message: error.message,
          code: grpc.status.UNKNOWN,
          details: error.message,
          metadata: new grpc.Metadata(),
        }),
    )
  }
}

function unimplemented(name: string): Method<unknown, never> {
  return (_call, reply) => {
    const details = `not implemented: ${name}`
    reply({
      name: "Unimplemented",
      message: details,
      code: grpc.status.UNIMPLEMENTED,
      details,
      metadata: new grpc.Metadata(),
    })
  }
}

const plain = (properties: Struct | undefined): Properties => properties?.toJavaScript() ?? {}
const struct = (properties: Properties): Struct =>
  structMessages.Struct.fromJavaScript(properties as Record<string, JavaScriptValue>)
