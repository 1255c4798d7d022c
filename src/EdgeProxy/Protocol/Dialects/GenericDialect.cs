namespace EdgeProxy.Protocol.Dialects;

/// <summary>Any event stream: it ends as its upstream ends it.</summary>
internal sealed class GenericDialect : Dialect
{
    public override DialectKind Kind => DialectKind.Generic;

    public override bool RequiresTerminal => false;

    public override EventTracker CreateTracker() => new Tracker();

    private sealed class Tracker : EventTracker
    {
        private bool _isJsonRpc;

        /// <summary>
        /// The <c>error</c> of a JSON-RPC message (MCP) answers one call. It does not end the stream, and its clients would
        /// choke on a <c>[DONE]</c> behind it.
        /// </summary>
        protected override bool CountsErrorMember => !_isJsonRpc;

        protected override void ReadToken(in JsonScanner json) =>
            _isJsonRpc |= json.Depth == 1 && json.TokenType == JsonTokenType.PropertyName && json.Value.SequenceEqual("jsonrpc"u8);

        protected override void ResetEvent() => _isJsonRpc = false;
    }
}
