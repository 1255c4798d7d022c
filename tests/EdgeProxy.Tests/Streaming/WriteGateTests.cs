using EdgeProxy.Streaming;

namespace EdgeProxy.Tests.Streaming;

public sealed class WriteGateTests
{
    [Fact]
    public void TryEnter_WhileTaken_IsRefused()
    {
        var gate = new WriteGate();

        Assert.True(gate.TryEnter());
        Assert.False(gate.TryEnter());
        gate.Exit();
        Assert.True(gate.TryEnter());
    }

    [Fact]
    public async Task Enter_WhileTaken_WaitsForTheExitAndHoldsTheGate()
    {
        var gate = new WriteGate();
        Assert.True(gate.TryEnter());

        var entering = gate.EnterAsync();
        Assert.False(entering.IsCompleted);
        gate.Exit();
        await entering;

        Assert.False(gate.TryEnter());
        gate.Exit();
        Assert.True(gate.TryEnter());
    }

    [Fact]
    public async Task TwoSides_NeverInsideTogether()
    {
        var gate = new WriteGate();
        var inside = 0;
        var collisions = 0;
        var done = false;

        var keepAlives = Task.Run(() =>
        {
            while (!Volatile.Read(ref done))
            {
                if (gate.TryEnter())
                {
                    Visit();
                    gate.Exit();
                }
            }
        });
        for (var i = 0; i < 100_000; i++)
        {
            await gate.EnterAsync();
            Visit();
            gate.Exit();
        }

        Volatile.Write(ref done, true);
        await keepAlives;
        Assert.Equal(0, collisions);

        void Visit()
        {
            if (Interlocked.Increment(ref inside) != 1)
            {
                Interlocked.Increment(ref collisions);
            }

            Interlocked.Decrement(ref inside);
        }
    }
}
