using EdgeProxy.Commands;
using EdgeProxy.Hosting;
using EdgeProxy.Streaming;
using EdgeProxy.TestKit;
using EdgeProxy.Tests.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Hosting;

/// <summary>A server that does not stop does not keep the process.</summary>
public sealed class StopNetTests : IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);

    private readonly TempFolder _folder = new();
    private readonly LogCapture _logs = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly TaskCompletionSource _never = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ServerWhoseStopNeverReturns_DoesNotKeepTheProcess(bool blocks)
    {
        using var server = new StuckServer(blocks);
        using var error = new StringWriter();
        using var signal = new CancellationTokenSource();
        var settings = _folder.Settings with
        {
            Time = _clock,
            ConfigureServices = services =>
            {
                services.RemoveAll<ILoggerProvider>().AddSingleton<ILoggerProvider>(_logs);
                services.Replace(ServiceDescriptor.Singleton<IServer>(server));
            },
        };
        var run = RunCommand.RunAsync(settings, error, signal.Token);
        await server.Started.WaitAsync(Patience.Limit, TimeProvider.System, TestContext.Current.CancellationToken);
        await Patience.UntilAsync(() => _logs.Lines.Any(static line => line.Event.Name == "Started"), "the start");

        await signal.CancelAsync();
        await server.Stopping.WaitAsync(Patience.Limit, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.True(await IsPatientAsync(run, StopNet.AfterTheLastRequest - Moment));
        var code = await _clock.AdvanceUntilAsync(run, 2 * Moment);

        Assert.Equal(0, code);
        Assert.Equal("StopStuck", Assert.Single(_logs.Complaints).Event.Name);
        Assert.Equal("", error.ToString());
        server.LetGo();
    }

    [Fact]
    public async Task Stop_WithoutARequest_HasTheTimeOfASlowClientsLastBytes()
    {
        var wait = Net().WaitAsync(_never.Task, CancellationToken.None);

        Assert.True(await IsPatientAsync(wait, StopNet.AfterTheLastRequest - Moment));
        Assert.False(await _clock.AdvanceUntilAsync(wait, 2 * Moment));
    }

    [Fact]
    public async Task Stop_WhileARequestRuns_HasAllTheTimeThatTheDrainHas()
    {
        var requests = new RunningRequests();
        var request = new TaskCompletionSource();
        var running = requests.RunAsync(_ => request.Task, new DefaultHttpContext());
        var wait = Net(requests).WaitAsync(_never.Task, CancellationToken.None);

        Assert.True(await IsPatientAsync(wait, 2 * StopNet.AfterTheLastRequest));
        request.SetResult();
        await running;

        Assert.True(await IsPatientAsync(wait, StopNet.AfterTheLastRequest - Moment));
        Assert.False(await _clock.AdvanceUntilAsync(wait, 2 * Moment));
    }

    [Fact]
    public async Task Stop_AfterTheDrainGaveUp_HasLessThanOperatorsWait_WhateverRuns()
    {
        using var gaveUp = new CancellationTokenSource();
        var requests = new RunningRequests();
        _ = requests.RunAsync(_ => _never.Task, new DefaultHttpContext());
        var wait = Net(requests).WaitAsync(_never.Task, gaveUp.Token);
        await gaveUp.CancelAsync();

        Assert.True(await IsPatientAsync(wait, StopNet.AfterGivingUp - Moment));
        Assert.False(await _clock.AdvanceUntilAsync(wait, 2 * Moment));
        Assert.True(DrainService.Margin + StopNet.AfterGivingUp < TimeSpan.FromSeconds(10), "docs/drain.md: Drain:Timeout + 10 s.");
    }

    [Fact]
    public async Task StopThatReturnsOrFails_IsTheHostsOwn()
    {
        Assert.True(await Net().WaitAsync(Task.CompletedTask, CancellationToken.None));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Net().WaitAsync(Task.FromException(new InvalidOperationException()), CancellationToken.None));
        Assert.Empty(_logs.Lines);
    }

    [Fact]
    public async Task RequestThatFails_IsNoLongerCounted()
    {
        var requests = new RunningRequests();

        await Assert.ThrowsAsync<IOException>(() => requests.RunAsync(
            _ =>
            {
                Assert.Equal(1, requests.Count);
                throw new IOException();
            },
            new DefaultHttpContext()));

        Assert.Equal(0, requests.Count);
    }

    /// <summary>A leap of the clock, then its steps, in which whoever looks at it regularly has a look.</summary>
    private async Task<bool> IsPatientAsync(Task wait, TimeSpan time)
    {
        _clock.Advance(time - Moment);
        return await _clock.PassWithoutAsync(wait, Moment);
    }

    private StopNet Net(RunningRequests? requests = null)
    {
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(_logs));
        return new StopNet(requests ?? new(), new StreamRegistry(), _clock, loggers.CreateLogger<StopNet>());
    }

    /// <summary>Closes its door and never returns from its stop, nor, as Kestrel, from being disposed then.</summary>
    private sealed class StuckServer(bool blocks) : IServer
    {
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _stop = new();

        public Task Started => _started.Task;

        public Task Stopping => _stopping.Task;

        public IFeatureCollection Features { get; } = WithAddresses();

        public void LetGo() => _stop.TrySetResult();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull
        {
            _started.SetResult();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            _stopping.TrySetResult();
            if (blocks)
            {
                Wait();
            }

            return _stop.Task;
        }

        public void Dispose()
        {
            if (_started.Task.IsCompleted)
            {
                Wait();
            }
        }

        private static FeatureCollection WithAddresses()
        {
            var features = new FeatureCollection();
            features.Set<IServerAddressesFeature>(new ServerAddressesFeature());
            return features;
        }

        private void Wait() => ((IAsyncResult)_stop.Task).AsyncWaitHandle.WaitOne();
    }
}
