namespace EdgeProxy.Streaming;

internal sealed partial class ClientStream
{
    /// <summary>Takes the body of an answer that is not an event stream, for the client as it is.</summary>
    private sealed class PassThroughBody(ClientStream owner, Stream client) : WriteOnlyStream
    {
        /// <inheritdoc/>
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            owner._isWriting = true;
            try
            {
                await client.WriteAsync(buffer, CancellationToken.None);
            }
            finally
            {
                owner.NoteActivity();
                owner._isWriting = false;
            }
        }

        /// <inheritdoc/>
        public override Task FlushAsync(CancellationToken cancellationToken) => client.FlushAsync(CancellationToken.None);
    }
}
