using System.Diagnostics;

namespace EdgeProxy.Upstream;

/// <summary>
/// The span of a request to a destination, named and tagged as the framework's handler does (OpenTelemetry's HTTP client conventions),
/// and the caller's trace context in the request's headers. Nothing while nobody listens.
/// </summary>
internal readonly struct ClientSpan : IDisposable
{
    // The framework's own name: whoever listens to its spans hears these too.
    private static readonly ActivitySource Source = new("System.Net.Http");

    private readonly Activity? _activity;

    private ClientSpan(Activity? activity) => _activity = activity;

    /// <summary>Starts the span and writes the trace context into the request.</summary>
    public static ClientSpan Start(HttpRequestMessage request, DistributedContextPropagator? propagator)
    {
        var activity = Source.HasListeners() ? Source.StartActivity("System.Net.Http.HttpRequestOut", ActivityKind.Client) : null;
        if (activity is { IsAllDataRequested: true })
        {
            var uri = request.RequestUri!;
            activity.DisplayName = request.Method.Method;
            activity.SetTag("http.request.method", request.Method.Method);
            activity.SetTag("server.address", uri.Host);
            activity.SetTag("server.port", uri.Port);

            // The framework's redaction: a query may hold a key.
            activity.SetTag("url.full", uri.Query.Length == 0 ? uri.AbsoluteUri : $"{uri.GetLeftPart(UriPartial.Path)}?*");
        }

        if ((activity ?? Activity.Current) is { } current)
        {
            propagator?.Inject(current, request, static (carrier, name, value) =>
            {
                var headers = ((HttpRequestMessage)carrier!).Headers;
                if (!headers.NonValidated.Contains(name))
                {
                    headers.TryAddWithoutValidation(name, value);
                }
            });
        }

        return new(activity);
    }

    /// <summary>Notes the answer.</summary>
    public HttpResponseMessage Answered(HttpResponseMessage response)
    {
        if (_activity is { IsAllDataRequested: true } activity)
        {
            var status = (int)response.StatusCode;
            activity.SetTag("http.response.status_code", status);
            activity.SetTag("network.protocol.version", response.Version.Minor == 1 ? "1.1" : "1.0");
            if (status >= 400)
            {
                activity.SetTag("error.type", status.ToString(System.Globalization.CultureInfo.InvariantCulture));
                activity.SetStatus(ActivityStatusCode.Error);
            }
        }

        return response;
    }

    /// <summary>Notes why there is no answer.</summary>
    public void Failed(Exception failure)
    {
        if (_activity is { IsAllDataRequested: true } activity)
        {
            activity.SetTag("error.type", failure is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } known ? Snake(known.HttpRequestError) : failure.GetType().FullName);
            activity.SetStatus(ActivityStatusCode.Error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _activity?.Dispose();

    // As the framework writes them: name_resolution_error, connection_error, response_ended, …
    private static string Snake(HttpRequestError error) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(error.ToString());
}
