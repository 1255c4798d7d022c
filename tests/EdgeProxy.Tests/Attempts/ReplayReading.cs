using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Attempts;

/// <summary>Reads bodies as YARP does: a read of no bytes first, then one into a buffer.</summary>
internal static class ReplayReading
{
    /// <summary>The rest of the body, in reads of <paramref name="size"/>.</summary>
    public static async Task<byte[]> ToEndAsync(Stream reader, int size)
    {
        var received = new MemoryStream();
        var buffer = new byte[size];
        while (true)
        {
            Assert.Equal(0, await reader.ReadAsync(Memory<byte>.Empty).AsTask().WaitAsync(Patience.Limit, TimeProvider.System));
            var count = await reader.ReadAsync(buffer).AsTask().WaitAsync(Patience.Limit, TimeProvider.System);
            if (count == 0)
            {
                return received.ToArray();
            }

            received.Write(buffer, 0, count);
        }
    }

    /// <summary>The next read fails.</summary>
    public static Task<TFault> FailsAsync<TFault>(Stream reader)
        where TFault : Exception =>
        Assert.ThrowsAsync<TFault>(() => reader.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience.Limit, TimeProvider.System));
}
