using EdgeProxy.Attempts;
using EdgeProxy.Configuration;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;
using EdgeProxy.Streaming;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Tests.Attempts;

/// <summary>What the board hears when an attempt has ended.</summary>
public sealed class StreamFailuresPolicyTests
{
    [Fact]
    public async Task AttemptsThatFail_OpenTheBreaker_AndOneThatSucceedsClosesIt()
    {
        var cluster = new TestCluster("a b");
        for (var i = 0; i < Breaker.FailuresToOpen; i++)
        {
            Assert.Equal(BreakerState.Closed, cluster.Board.StateOf(cluster["a"], null));
            await AttemptAsync(cluster, error: ForwarderError.Request);
        }

        Assert.Equal(BreakerState.Open, cluster.Board.StateOf(cluster["a"], null));
        Assert.Equal(BreakerState.Closed, cluster.Board.StateOf(cluster["b"], null));

        await AttemptAsync(cluster, error: null);
        Assert.Equal(["cluster/a Unhealthy 20 s", "cluster/a Healthy"], cluster.Told);
    }

    [Fact]
    public async Task ModelOfAFallback_IsJudgedByItself()
    {
        var cluster = new TestCluster("a b");
        for (var i = 0; i < Breaker.FailuresToOpen; i++)
        {
            await AttemptAsync(cluster, error: ForwarderError.Request, model: "small");
        }

        Assert.Equal(BreakerState.Open, cluster.Board.StateOf(cluster["a"], "small"));
        Assert.Equal(BreakerState.Closed, cluster.Board.StateOf(cluster["a"], null));
    }

    [Fact]
    public async Task ClientThatLeft_SaysNothing()
    {
        var cluster = new TestCluster("a b");
        for (var i = 0; i < Breaker.FailuresToOpen; i++)
        {
            await AttemptAsync(cluster, error: ForwarderError.RequestCanceled, clientLeaves: true);
        }

        Assert.Equal(BreakerState.Closed, cluster.Board.StateOf(cluster["a"], null));
    }

    [Fact]
    public async Task Fallback_CountsForTheClusterThatWasAsked()
    {
        var cluster = new TestCluster("a b");
        var route = new ClusterState("route", new(cluster.State.Model.Config with { ClusterId = "route" }, cluster.State.Model.HttpClient));
        for (var i = 0; i < Breaker.FailuresToOpen; i++)
        {
            await AttemptAsync(cluster, error: ForwarderError.Request, ofRoute: route);
        }

        Assert.Equal(["cluster/a Unhealthy 20 s"], cluster.Told);
    }

    [Fact]
    public void PlainRequest_SaysNothing()
    {
        var cluster = new TestCluster("a b");
        var context = new DefaultHttpContext { Response = { StatusCode = 503 } };
        for (var i = 0; i < Breaker.FailuresToOpen; i++)
        {
            new StreamFailuresPolicy(cluster.Board).RequestProxied(context, cluster.State, cluster["a"]);
        }

        Assert.Equal(BreakerState.Closed, cluster.Board.StateOf(cluster["a"], null));
    }

    /// <summary>An attempt at destination <c>a</c>, judged where YARP asks the policy: when the forwarder is done.</summary>
    private static async Task AttemptAsync(
        TestCluster cluster, ForwarderError? error, string? model = null, bool clientLeaves = false, ClusterState? ofRoute = null)
    {
        using var left = new CancellationTokenSource();
        var client = new DefaultHttpContext { RequestAborted = left.Token };
        var job = new AttemptJob
        {
            Client = client,
            Forward = ForwardAsync,
            Sink = new NoSink(),
            Policy = StreamPolicy.Compile("Default", "route", "route", new StreamPolicyOptions(), maxRequestBodySize: null),
            Dialect = Dialect.Of(DialectKind.OpenAIChat),
            RequestId = "r",
            IsKnownStream = true,
            Expired = CancellationToken.None,
        };
        var stage = new AttemptStage(0, new RouteModel(new RouteConfig(), cluster.State, HttpTransformer.Default), model);
        var stages = new AttemptStages(stage.Route, [], new Lookup(cluster.State));
        await using var plan = new AttemptPlan(job, stages, new DestinationSelector(cluster.Board), cluster.Board, cluster.Clock, CancellationToken.None);
        cluster.Clock.Advance(TimeSpan.FromTicks(1));
        var attempt = await plan.BeginAsync(new AttemptTarget(stage, cluster.All, Probe: null));
        await attempt.CompletionAsync();

        async Task ForwardAsync(HttpContext context)
        {
            if (error is { } named)
            {
                context.Response.StatusCode = StatusCodes.Status502BadGateway;
                context.Features.Set<IForwarderErrorFeature>(new Error(named));
            }
            else
            {
                using var answer = new HttpResponseMessage();
                await context.Features.GetRequiredFeature<Attempt>().OnHeadAsync(context.Response, answer);
            }

            if (clientLeaves)
            {
                await left.CancelAsync();
            }

            new StreamFailuresPolicy(cluster.Board).RequestProxied(context, ofRoute ?? cluster.State, cluster["a"]);
        }
    }

    private sealed class Error(ForwarderError error) : IForwarderErrorFeature
    {
        ForwarderError IForwarderErrorFeature.Error => error;

        public Exception? Exception => null;
    }

    private sealed class Lookup(ClusterState known) : IProxyStateLookup
    {
        public bool TryGetCluster(string id, out ClusterState cluster)
        {
            cluster = known;
            return id == known.ClusterId;
        }

        public bool TryGetRoute(string id, out RouteModel route) => throw new NotSupportedException();

        public IEnumerable<ClusterState> GetClusters() => throw new NotSupportedException();

        public IEnumerable<RouteModel> GetRoutes() => throw new NotSupportedException();
    }

    private sealed class NoSink : IEventSink
    {
        public bool IsFinished => false;

        public bool WantsEvents => true;

        public bool IsCommitted => false;

        public bool IsAnswerWhole => true;

        public TimeSpan UntilFirstEventDeadline => TimeSpan.MaxValue;

        public StreamFailure? Expiry => null;

        public void Withdraw()
        {
        }

        public void Open(int status, IHeaderDictionary headers)
        {
        }

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => default;

        public ValueTask<Stream?> TryPassThroughAsync(int status, IHeaderDictionary headers) => new(Stream.Null);
    }
}
