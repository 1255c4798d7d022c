using Yarp.ReverseProxy.Configuration;

// YARP as its own documentation starts it: one route, one destination, no setting of ours. What EdgeProxy is measured against.
//   PlainYarp http://127.0.0.1:PORT [--urls http://127.0.0.1:0]
if (args is not [var destination, .. var rest])
{
    Console.Error.WriteLine("usage: PlainYarp DESTINATION [--urls URL]");
    return 2;
}

var builder = WebApplication.CreateBuilder(rest);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddReverseProxy().LoadFromMemory(
    [new RouteConfig { RouteId = "all", ClusterId = "backend", Match = new RouteMatch { Path = "{**path}" } }],
    [new ClusterConfig { ClusterId = "backend", Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = destination } } }]);
await using var app = builder.Build();
app.MapReverseProxy();
await app.StartAsync();
Console.WriteLine($"listening on {new Uri(app.Urls.First()).Port}");
await app.WaitForShutdownAsync();
return 0;
