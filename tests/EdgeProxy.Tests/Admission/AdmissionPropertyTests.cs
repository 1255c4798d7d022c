using EdgeProxy.Admission;
using EdgeProxy.Protocol;
using EdgeProxy.TestKit;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Admission;

/// <summary>Whatever comes in whatever order: the right streams run, in the order in which they came, and every place comes back.</summary>
public sealed class AdmissionPropertyTests
{
    private enum Act
    {
        Ask,
        End,
        EndTwice,
        Cancel,
        Time,
        Reload,
    }

    private static Gen<(Act Act, int Number, int Other)[]> Acts =>
        from acts in (from act in Gen.Frequency(
                          (6, Gen.Constant(Act.Ask)), (4, Gen.Constant(Act.End)), (1, Gen.Constant(Act.EndTwice)),
                          (2, Gen.Constant(Act.Cancel)), (1, Gen.Constant(Act.Time)), (1, Gen.Constant(Act.Reload)))
                      from number in Gen.Choose(0, 999)
                      from other in Gen.Choose(0, 6)
                      select (act, number, other)).ArrayOf()
        select acts;

    [Fact]
    public void AnyOrderOfEvents_LetsInWhomTheModelLetsIn()
    {
        Prop.ForAll(Acts.ToArbitrary(), acts => PlayAsync(acts).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(150));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 8)]
    [InlineData(16, 1000)]
    public async Task ThousandsOfRandomEndings_AtOnce_NeverMoreThanTheLimitRun_AndEveryPlaceComesBack(int limit, int queue)
    {
        var desk = new AdmissionDesk(limit, queue, timeoutSeconds: 1);
        var running = 0;
        var most = 0;
        var ends = new int[3];

        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            var open = new List<Task>();
            for (var i = 0; i < 1000; i++)
            {
                open.Add(LiveAsync(desk.Request(), random.Next(5), random.Next(4)));
                if (open.Count == 20)
                {
                    await Task.WhenAll(open);
                    open.Clear();
                }
                else if (worker == 0 && i % 50 == 0)
                {
                    desk.Clock.Advance(TimeSpan.FromSeconds(1));
                }
            }

            await Task.WhenAll(open);
        }))).WaitAsync(Patience.Limit, TimeProvider.System);

        Assert.InRange(most, 1, limit);
        Assert.Equal((0, 0), (running, desk.Control.LineCount));
        Assert.Equal(8000, ends.Sum());
        Assert.All(queue == 0 ? [ends[0], ends[1]] : new[] { ends[0], ends[2] }, count => Assert.NotEqual(0, count));

        async Task LiveAsync(AdmissionTicket ticket, int way, int length)
        {
            using var client = new CancellationTokenSource();
            if (ticket.Refusal is not null)
            {
                Interlocked.Increment(ref ends[1]);
                ticket.Dispose();
                return;
            }

            var wait = ticket.WaitAsync(client.Token).AsTask();
            if (way == 0)
            {
                await client.CancelAsync();
            }
            else if (way == 1 && ticket.IsPending)
            {
                ticket.Dispose();
            }

            if (await wait is not null)
            {
                Interlocked.Increment(ref ends[2]);
                ticket.Dispose();
                return;
            }

            if (way == 1 && !ticket.IsInLine)
            {
                // Its turn came just before it was disposed.
                Interlocked.Increment(ref ends[2]);
                return;
            }

            InterlockedMax(ref most, Interlocked.Increment(ref running));
            for (var i = 0; i < length; i++)
            {
                await Task.Yield();
            }

            Interlocked.Decrement(ref running);
            Interlocked.Increment(ref ends[0]);
            Parallel.Invoke(ticket.Dispose, ticket.Dispose);
        }
    }

    [Fact]
    public async Task LimitsChangeAmongThem_NeverMoreThanTheHighestRun_AndEveryPlaceComesBack()
    {
        const int Highest = 12;
        var desk = new AdmissionDesk(limit: Highest, queue: 1000);
        var running = 0;
        var most = 0;
        var done = false;
        var reloads = Task.Run(() =>
        {
            var random = new Random(7);
            while (!Volatile.Read(ref done))
            {
                desk.Reload(random.Next(1, Highest + 1), random.Next(500, 1000));
            }
        });

        await Task.WhenAll(Enumerable.Range(0, 40).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 250; i++)
            {
                using var ticket = desk.Request();
                if (random.Next(4) == 0)
                {
                    continue;
                }

                Assert.Null(await ticket.WaitAsync(CancellationToken.None));
                InterlockedMax(ref most, Interlocked.Increment(ref running));
                await Task.Yield();
                Interlocked.Decrement(ref running);
            }
        }))).WaitAsync(Patience.Limit, TimeProvider.System);
        Volatile.Write(ref done, true);
        await reloads;

        Assert.InRange(most, 1, Highest);
        Assert.Equal((0, 0), (running, desk.Control.LineCount));
    }

    private static async Task PlayAsync((Act Act, int Number, int Other)[] acts)
    {
        var desk = new AdmissionDesk(limit: 2, queue: 3);
        var model = new AdmissionModel { Limit = 2, Queue = 3 };
        var tickets = new Dictionary<int, (AdmissionTicket Ticket, Task<StreamFailure?> Wait, CancellationTokenSource Client)>();
        foreach (var (act, number, other) in acts)
        {
            var chosen = model.Choose(act == Act.Cancel, number);
            switch (act)
            {
                case Act.Ask:
                    var ticket = desk.Request();
                    var id = tickets.Count;
                    var client = new CancellationTokenSource();
                    tickets[id] = (ticket, ticket.WaitAsync(client.Token).AsTask(), client);
                    Assert.Equal(model.Ask(id), ticket.Refusal is null);
                    break;
                case Act.End or Act.EndTwice when chosen is { } one:
                    tickets[one].Ticket.Dispose();
                    if (act == Act.EndTwice)
                    {
                        tickets[one].Ticket.Dispose();
                    }

                    model.Leave(one);
                    break;
                case Act.Cancel when chosen is { } one:
                    await tickets[one].Client.CancelAsync();
                    Assert.NotNull(await tickets[one].Wait);
                    model.Leave(one);
                    break;
                case Act.Time:
                    desk.Clock.Advance(TimeSpan.FromSeconds(60));
                    foreach (var late in model.Waiting.ToArray())
                    {
                        Assert.NotNull(await tickets[late].Wait);
                        model.Waiting.Remove(late);
                    }

                    break;
                case Act.Reload:
                    (model.Limit, model.Queue) = (1 + (number % 5), other);
                    desk.Reload(model.Limit, model.Queue);
                    model.LetIn();
                    break;
            }

            Assert.Equal(new AdmissionCounts(model.Running.Count, model.Waiting.Count), desk.Counts);
            Assert.Equal(model.Waiting, tickets.Where(pair => pair.Value.Ticket.IsPending).Select(pair => pair.Key));
            foreach (var admitted in model.Running)
            {
                Assert.Null(await tickets[admitted].Wait);
            }
        }

        foreach (var (ticket, _, client) in tickets.Values)
        {
            ticket.Dispose();
            client.Dispose();
        }

        Assert.Equal(0, desk.Control.LineCount);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); seen < value;)
        {
            seen = Interlocked.CompareExchange(ref target, value, seen);
        }
    }
}
