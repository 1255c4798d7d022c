using EdgeProxy.Attempts;
using EdgeProxy.Configuration;
using static EdgeProxy.Attempts.AttemptFault;
using static EdgeProxy.Attempts.RetryReason;

namespace EdgeProxy.Tests.Attempts;

/// <summary>One row for every rule, and one wherever two rules meet.</summary>
public sealed class RetryDecisionTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.7);

    private static readonly AttemptOptions Defaults = new();

    /// <summary>The first of three attempts failed at one of two destinations; a fallback is left, the body can be sent again, and there is time.</summary>
    private static readonly RetryQuestion Plenty = new()
    {
        Fault = Unreachable,
        TriesHere = 1,
        HasUntried = true,
        MayRepeat = true,
        HasFallback = true,
        CanReplay = true,
        Remaining = TimeSpan.FromMinutes(10),
        Pause = Pause,
    };

    private static readonly RetryQuestion OneDestination = Plenty with { HasUntried = false };
    private static readonly RetryQuestion NoFallback = Plenty with { HasFallback = false };
    private static readonly RetryQuestion OneDestinationAlone = OneDestination with { HasFallback = false };
    private static readonly RetryQuestion RateLimit = Plenty with { Fault = Status, Status = 429 };
    private static readonly RetryQuestion TooLong = Plenty with { Fault = Status, Status = 400, Code = "context_length_exceeded" };
    private static readonly RetryQuestion Refused = Plenty with { Fault = Status, Status = 400, Code = "content_filter" };

    private static readonly RetryVerdict AtOnce = Here(TimeSpan.Zero);
    private static readonly RetryVerdict AfterPause = Here(Pause);

    private static readonly Dictionary<string, (RetryQuestion Question, RetryVerdict Expected)> Rows = new()
    {
        // What is tried again: an untried destination at once, the same one after a pause.
        ["unreachable, another destination"] = (Plenty, AtOnce),
        ["unreachable, the same destination"] = (OneDestination, AfterPause),
        ["reset, another destination"] = (Plenty with { Fault = Reset }, AtOnce),
        ["reset, the same destination"] = (OneDestination with { Fault = Reset }, AfterPause),
        ["silent, another destination"] = (Plenty with { Fault = Silent, MayRepeat = false }, AtOnce),
        ["silent, one asked before that was not silent"] = (OneDestination with { Fault = Silent }, AfterPause),
        ["silent, all were"] = (OneDestination with { Fault = Silent, MayRepeat = false }, Next(NoDestinationLeft)),
        ["silent, all were, no fallback"] = (OneDestinationAlone with { Fault = Silent, MayRepeat = false }, Stop(NoDestinationLeft)),
        ["no destination, fallback"] = (Plenty with { Fault = NoDestination }, Next(NoDestinationLeft)),
        ["no destination, no fallback"] = (NoFallback with { Fault = NoDestination }, Stop(NoDestinationLeft)),
        ["no destination left, fallback"] = (OneDestination with { MayRepeat = false }, Next(NoDestinationLeft)),

        // What is not.
        ["no event stream"] = (Plenty with { Fault = NotEventStream, Status = 200 }, Stop(NotRetryable)),
        ["no event stream under a status that is retried"] = (Plenty with { Fault = NotEventStream, Status = 503 }, Stop(NotRetryable)),
        ["request body"] = (Plenty with { Fault = RequestBody, Status = 408 }, Stop(NotRetryable)),
        ["internal"] = (Plenty with { Fault = Internal, Status = 500 }, Stop(NotRetryable)),
        ["unauthorized"] = (Plenty with { Fault = Status, Status = 401 }, Stop(NotRetryable)),
        ["not implemented"] = (Plenty with { Fault = Status, Status = 501 }, Stop(NotRetryable)),
        ["bad request"] = (Plenty with { Fault = Status, Status = 400, Code = "invalid", Message = "No such field" }, Stop(NotRetryable)),
        ["bad request, body not read"] = (Plenty with { Fault = Status, Status = 400 }, Stop(NotRetryable)),

        // Statuses that are retried.
        ["408"] = (Plenty with { Fault = Status, Status = 408 }, AtOnce),
        ["500"] = (Plenty with { Fault = Status, Status = 500 }, AtOnce),
        ["503, the same destination"] = (OneDestination with { Fault = Status, Status = 503 }, AfterPause),
        ["529 counts as 503"] = (OneDestination with { Fault = Status, Status = 529 }, AfterPause),
        ["503 asks to be left alone, another destination is not meant"] = (Plenty with { Fault = Status, Status = 503, RetryAfter = Seconds(5) }, AtOnce),
        ["503 for long, another destination is not meant"] = (NoFallback with { Fault = Status, Status = 503, RetryAfter = Seconds(31) }, AtOnce),
        ["503 asks to be left alone, the same destination"] = (OneDestination with { Fault = Status, Status = 503, RetryAfter = Seconds(5) }, Here(Seconds(5))),
        ["503 asks for less than the pause"] = (OneDestination with { Fault = Status, Status = 503, RetryAfter = Seconds(0.1) }, AfterPause),
        ["503 for long, the same destination"] = (OneDestination with { Fault = Status, Status = 503, RetryAfter = Seconds(31) }, Next(RetryAfterTooLong)),

        // A rate limit holds for the whole cluster.
        ["429, another destination"] = (RateLimit, AfterPause),
        ["429, the same destination"] = (RateLimit with { HasUntried = false }, AfterPause),
        ["429 asks to be left alone, another destination"] = (RateLimit with { RetryAfter = Seconds(2) }, Here(Seconds(2))),
        ["429 asks for less than the pause, another destination"] = (RateLimit with { RetryAfter = Seconds(0.1) }, Here(Seconds(0.1))),
        ["429 asks for nothing, another destination"] = (RateLimit with { RetryAfter = TimeSpan.Zero }, AtOnce),
        ["429 asks to be left alone, the same destination"] = (RateLimit with { HasUntried = false, RetryAfter = Seconds(2) }, Here(Seconds(2))),
        ["429 asks for less than the pause, the same destination"] = (RateLimit with { HasUntried = false, RetryAfter = Seconds(0.1) }, AfterPause),
        ["429 at the limit"] = (RateLimit with { RetryAfter = Seconds(30) }, Here(Seconds(30))),
        ["429 beyond the limit, fallback"] = (RateLimit with { RetryAfter = Seconds(30.001) }, Next(RetryAfterTooLong)),
        ["429 beyond the limit, no fallback"] = (RateLimit with { HasFallback = false, RetryAfter = Seconds(60) }, Stop(RetryAfterTooLong)),
        ["429 as an error event"] = (RateLimit with { Fault = ErrorEvent, RetryAfter = Seconds(2) }, Here(Seconds(2))),

        // An error as the first event, unless its status blames the request.
        ["error event, no status"] = (Plenty with { Fault = ErrorEvent }, AtOnce),
        ["error event, 500"] = (OneDestination with { Fault = ErrorEvent, Status = 500 }, AfterPause),
        ["error event, 501"] = (Plenty with { Fault = ErrorEvent, Status = 501 }, AtOnce),
        ["error event, 529"] = (Plenty with { Fault = ErrorEvent, Status = 529 }, AtOnce),
        ["error event, 400"] = (Plenty with { Fault = ErrorEvent, Status = 400, Code = "tool_use_failed" }, Stop(NotRetryable)),
        ["error event, 401"] = (Plenty with { Fault = ErrorEvent, Status = 401 }, Stop(NotRetryable)),
        ["error event, 408"] = (Plenty with { Fault = ErrorEvent, Status = 408 }, AtOnce),

        // Too long a context.
        ["context length, fallback"] = (TooLong, Next(ContextLength)),
        ["context length, fallback, attempts used up"] = (TooLong with { TriesHere = 3 }, Next(ContextLength)),
        ["context length, no fallback"] = (TooLong with { HasFallback = false }, Stop(NotRetryable)),
        ["context length, no fallback, no replay"] = (TooLong with { HasFallback = false, CanReplay = false }, Stop(NotRetryable)),
        ["context length, no replay"] = (TooLong with { CanReplay = false }, Stop(BodyNotReplayable)),
        ["context length, no time"] = (TooLong with { Remaining = TimeSpan.Zero }, Stop(OutOfTime)),
        ["context length as an error event"] = (TooLong with { Fault = ErrorEvent }, Next(ContextLength)),
        ["context length by llama.cpp's type"] = (TooLong with { Code = null, Type = "exceed_context_size_error" }, Next(ContextLength)),
        ["context length in OpenAI's words"] = (TooLong with { Code = null, Message = "This model's maximum context length is 8192 tokens." }, Next(ContextLength)),
        ["context length in Anthropic's words"] = (TooLong with { Code = null, Message = "prompt is too long: 208310 tokens > 200000 maximum" }, Next(ContextLength)),
        ["context length in Anthropic's other words"] = (TooLong with { Code = null, Message = "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000" }, Next(ContextLength)),
        ["context length in Gemini's words"] = (TooLong with { Code = null, Message = "The input token count (1300000) exceeds the maximum number of tokens allowed (1048575)." }, Next(ContextLength)),
        ["context length in another case"] = (TooLong with { Code = null, Message = "PROMPT IS TOO LONG" }, Next(ContextLength)),
        ["context length under another status"] = (TooLong with { Status = 422 }, Stop(NotRetryable)),
        ["context length under a status that is retried"] = (TooLong with { Status = 500 }, AtOnce),

        // Refused content goes to the client, whatever else is true.
        ["content filter"] = (Refused, Stop(ContentPolicy)),
        ["content policy"] = (Refused with { Code = "content_policy_violation" }, Stop(ContentPolicy)),
        ["content policy of Responses"] = (Refused with { Fault = ErrorEvent, Code = "image_content_policy_violation" }, Stop(ContentPolicy)),
        ["moderation"] = (Refused with { Code = "moderation_blocked" }, Stop(ContentPolicy)),
        ["Azure's inner code"] = (Refused with { Code = "ResponsibleAIPolicyViolation" }, Stop(ContentPolicy)),
        ["content filter as a type"] = (Refused with { Code = "400", Type = "content_filter" }, Stop(ContentPolicy)),
        ["content filter, 500"] = (Refused with { Status = 500 }, Stop(ContentPolicy)),
        ["content filter, 429"] = (Refused with { Status = 429 }, Stop(ContentPolicy)),
        ["content filter as an error event without a status"] = (Refused with { Fault = ErrorEvent, Status = 0 }, Stop(ContentPolicy)),
        ["content filter before context length"] = (Refused with { Message = "maximum context length" }, Stop(ContentPolicy)),
        ["content filter, no replay"] = (Refused with { CanReplay = false }, Stop(ContentPolicy)),

        // Attempts.
        ["second attempt failed"] = (Plenty with { TriesHere = 2 }, AtOnce),
        ["last attempt failed, fallback"] = (Plenty with { TriesHere = 3 }, Next(AttemptsUsedUp)),
        ["last attempt failed, no fallback"] = (NoFallback with { TriesHere = 3 }, Stop(AttemptsUsedUp)),
        ["last attempt failed, more than the limit"] = (NoFallback with { TriesHere = 4 }, Stop(AttemptsUsedUp)),
        ["attempts before destinations"] = (OneDestinationAlone with { TriesHere = 3, MayRepeat = false }, Stop(AttemptsUsedUp)),
        ["no destination before attempts"] = (NoFallback with { Fault = NoDestination, TriesHere = 3 }, Stop(NoDestinationLeft)),
        ["attempts before Retry-After"] = (RateLimit with { HasFallback = false, TriesHere = 3, RetryAfter = Seconds(60) }, Stop(AttemptsUsedUp)),
        ["destinations before Retry-After"] = (RateLimit with { HasUntried = false, MayRepeat = false, HasFallback = false, RetryAfter = Seconds(60) }, Stop(NoDestinationLeft)),
        ["not retryable before attempts"] = (NoFallback with { Fault = Status, Status = 401, TriesHere = 3 }, Stop(NotRetryable)),

        // Time.
        ["the pause fits"] = (OneDestination with { Remaining = Seconds(0.701) }, AfterPause),
        ["the pause does not fit, fallback"] = (OneDestination with { Remaining = Pause }, Next(OutOfTime)),
        ["the pause does not fit, no fallback"] = (OneDestinationAlone with { Remaining = Pause }, Stop(OutOfTime)),
        ["Retry-After does not fit, fallback"] = (RateLimit with { RetryAfter = Seconds(2), Remaining = Seconds(2) }, Next(OutOfTime)),
        ["Retry-After before time"] = (RateLimit with { RetryAfter = Seconds(60), Remaining = Seconds(2) }, Next(RetryAfterTooLong)),
        ["another destination needs no pause"] = (Plenty with { Remaining = TimeSpan.FromTicks(1) }, AtOnce),
        ["no time, another destination"] = (NoFallback with { Remaining = TimeSpan.Zero }, Stop(OutOfTime)),
        ["no time, fallback"] = (Plenty with { Remaining = TimeSpan.Zero }, Stop(OutOfTime)),
        ["time has passed"] = (Plenty with { TriesHere = 3, Remaining = Seconds(-1) }, Stop(OutOfTime)),
        ["no time, attempts used up"] = (NoFallback with { TriesHere = 3, Remaining = TimeSpan.Zero }, Stop(AttemptsUsedUp)),

        // The body.
        ["no replay, another destination"] = (Plenty with { CanReplay = false }, Stop(BodyNotReplayable)),
        ["no replay, attempts used up, fallback"] = (Plenty with { CanReplay = false, TriesHere = 3 }, Stop(BodyNotReplayable)),
        ["no replay, attempts used up, no fallback"] = (NoFallback with { CanReplay = false, TriesHere = 3 }, Stop(AttemptsUsedUp)),
        ["no replay, not retryable"] = (Plenty with { CanReplay = false, Fault = Status, Status = 404 }, Stop(NotRetryable)),
        ["no replay, no destination left"] = (OneDestinationAlone with { CanReplay = false, MayRepeat = false }, Stop(NoDestinationLeft)),
        ["no replay, Retry-After too long"] = (RateLimit with { CanReplay = false, HasFallback = false, RetryAfter = Seconds(60) }, Stop(RetryAfterTooLong)),
        ["no replay, no time"] = (Plenty with { CanReplay = false, Remaining = TimeSpan.Zero }, Stop(OutOfTime)),
    };

    public static TheoryData<string> Names => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Decide_Row_IsItsVerdict(string name)
    {
        var (question, expected) = Rows[name];

        Assert.Equal(expected, RetryDecision.Decide(in question, Defaults));
    }

    [Theory]
    [InlineData("408, 529", 529, true)]
    [InlineData("408", 529, false)]
    [InlineData("529", 503, false)]
    [InlineData("", 500, false)]
    [InlineData("418", 418, true)]
    [InlineData("500", 429, false)]
    public void Decide_RetryStatuses_AreTheOptions(string statuses, int status, bool isRetried)
    {
        var options = With(statuses);
        var verdict = RetryDecision.Decide(Plenty with { Fault = Status, Status = status }, options);

        Assert.Equal(isRetried ? RetryStep.SameCluster : RetryStep.Stop, verdict.Step);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(399, true)]
    [InlineData(400, false)]
    [InlineData(499, false)]
    [InlineData(500, true)]
    public void Decide_ErrorEventOfNoRetryStatus_IsRetriedUnlessTheRequestIsBlamed(int status, bool isRetried)
    {
        var verdict = RetryDecision.Decide(Plenty with { Fault = ErrorEvent, Status = status }, With(""));

        Assert.Equal(isRetried ? AtOnce : Stop(NotRetryable), verdict);
    }

    [Fact]
    public void Decide_BadRequestsAreRetried_StillNotThoseWithRulesOfTheirOwn()
    {
        var options = With("400");

        Assert.Equal(AtOnce, RetryDecision.Decide(Plenty with { Fault = Status, Status = 400 }, options));
        Assert.Equal(Stop(ContentPolicy), RetryDecision.Decide(in Refused, options));
        Assert.Equal(Next(ContextLength), RetryDecision.Decide(in TooLong, options));
    }

    [Fact]
    public void Decide_OneAttemptAllowed_MovesOnAfterIt() =>
        Assert.Equal(Next(AttemptsUsedUp), RetryDecision.Decide(in Plenty, new AttemptOptions { Max = 1 }));

    [Fact]
    public void Decide_NoRetryAfterAllowed_MovesOnForAny()
    {
        var options = new AttemptOptions { MaxRetryAfter = TimeSpan.Zero };

        Assert.Equal(Next(RetryAfterTooLong), RetryDecision.Decide(RateLimit with { RetryAfter = TimeSpan.FromTicks(1) }, options));
        Assert.Equal(AtOnce, RetryDecision.Decide(RateLimit with { RetryAfter = TimeSpan.Zero }, options));
    }

    [Theory]
    [InlineData(400, true, "", true)]
    [InlineData(400, false, "", false)]
    [InlineData(400, false, "400", true)]
    [InlineData(401, true, "401", false)]
    [InlineData(429, true, "429", false)]
    [InlineData(500, true, "500", false)]
    public void NeedsBody_Status_IsWhatItsWordsCanChange(int status, bool hasFallback, string statuses, bool expected) =>
        Assert.Equal(expected, RetryDecision.NeedsBody(status, hasFallback, With(statuses)));

    private static AttemptOptions With(string statuses) => new()
    {
        RetryStatuses = [.. statuses.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)],
    };

    private static RetryVerdict Here(TimeSpan delay) => new(RetryStep.SameCluster, delay, Retryable);

    private static RetryVerdict Next(RetryReason reason) => new(RetryStep.NextCluster, TimeSpan.Zero, reason);

    private static RetryVerdict Stop(RetryReason reason) => new(RetryStep.Stop, TimeSpan.Zero, reason);

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
