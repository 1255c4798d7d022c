using EdgeProxy.Hosting;
using EdgeProxy.Tests.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Transforms.Builder;

namespace EdgeProxy.Tests.Forwarding;

/// <summary>What adds transforms to a route that names none.</summary>
public sealed class TransformsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task OnlyAffinity_AddsTransformsByItself()
    {
        await using var app = EdgeProxyHost.Create(_folder.Settings);

        // Any other one would have to be asked for by DirectForwarder.
        Assert.Equal("AffinitizeTransformProvider", Assert.Single(app.Services.GetServices<ITransformProvider>()).GetType().Name);
    }
}
