using System.Text.Json;

namespace EdgeProxy.AcceptanceTests.Sdks;

/// <summary>What a program around an SDK saw of one answer.</summary>
/// <param name="Text">The text it put together from the events.</param>
/// <param name="Events">How many events the SDK handed out.</param>
/// <param name="Finish">The reason the answer gave for its end, in the SDK's words; null if it gave none.</param>
/// <param name="Error">What the SDK raised; null if it ended normally.</param>
/// <param name="Final">What the SDK's own collecting helper made of it, where one was used.</param>
internal sealed record ClientOutcome(string Text, int Events, string? Finish, ClientError? Error, string? Final = null);

/// <summary>An error that an SDK raised.</summary>
/// <param name="Classes">Its classes, the most derived first.</param>
/// <param name="Message">Its message.</param>
/// <param name="Status">The HTTP status that it names.</param>
/// <param name="Code">The error code that it exposes.</param>
/// <param name="Type">The error type that it exposes.</param>
/// <param name="RequestId">The request id that it exposes.</param>
/// <param name="ApiMessage">The message within the error object, where the SDK parts it from its own.</param>
/// <param name="Body">The error object that it exposes.</param>
/// <param name="Last">The last of several, for an error that stands for retries in vain.</param>
internal sealed record ClientError(
    string[] Classes,
    string Message,
    int? Status = null,
    string? Code = null,
    string? Type = null,
    string? RequestId = null,
    string? ApiMessage = null,
    JsonElement Body = default,
    ClientError? Last = null);
