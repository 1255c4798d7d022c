using EdgeProxy.Configuration;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Primitives;

namespace EdgeProxy.Admission;

/// <summary>Tells <see cref="AdmissionControl"/> of the limits in use whenever the endpoints change, so that a higher one lets in who waits without anybody new having to come.</summary>
internal sealed class AdmissionReload(AdmissionControl control, EndpointDataSource endpoints) : IHostedService, IDisposable
{
    private IDisposable? _subscription;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = ChangeToken.OnChange(endpoints.GetChangeToken, Apply);
        Apply();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _subscription?.Dispose();

    private void Apply() => control.Apply(endpoints.Endpoints.Select(static endpoint => endpoint.Metadata.GetMetadata<StreamPolicy>()).OfType<StreamPolicy>());
}
