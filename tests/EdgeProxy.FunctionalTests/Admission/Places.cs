using EdgeProxy.Admission;
using EdgeProxy.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeProxy.FunctionalTests.Admission;

/// <summary>Looks at the proxy's places from within.</summary>
internal static class Places
{
    /// <summary>Whether no stream has a place or waits for one.</summary>
    public static bool AreFree(ProxyHost proxy) => proxy.Services.GetRequiredService<AdmissionControl>().LineCount == 0;

    /// <summary>Waits until all places have been given back.</summary>
    public static Task UntilFreeAsync(ProxyHost proxy) => Patience.UntilAsync(() => AreFree(proxy), "all places are free");
}
