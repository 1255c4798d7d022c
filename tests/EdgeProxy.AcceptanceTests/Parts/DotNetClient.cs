using System.ClientModel;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;
using EdgeProxy.AcceptanceTests.Sdks;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Responses;

namespace EdgeProxy.AcceptanceTests.Parts;

/// <summary>The official NuGet SDKs.</summary>
internal static class DotNetClient
{
    /// <summary><c>OpenAI</c>, chat completions.</summary>
    public static async Task<ClientOutcome> OpenAIChatAsync(Uri baseUrl)
    {
        var client = new ChatClient("gpt", new ApiKeyCredential("test"), new OpenAIClientOptions { Endpoint = baseUrl });
        var (text, events, finish) = ("", 0, (string?)null);
        var error = await RaisedAsync(async () =>
        {
            await foreach (var update in client.CompleteChatStreamingAsync("hi"))
            {
                events++;
                text += string.Concat(update.ContentUpdate.Select(static part => part.Text));
                finish = update.FinishReason?.ToString() ?? finish;
            }
        });
        return new ClientOutcome(text, events, finish, error);
    }

    /// <summary><c>OpenAI</c>, Responses. An error update is not raised by the SDK; it is told in <see cref="ClientOutcome.Finish"/> as <c>error: code: message</c>.</summary>
    public static async Task<ClientOutcome> OpenAIResponsesAsync(Uri baseUrl)
    {
        var client = new ResponsesClient(new ApiKeyCredential("test"), new ResponsesClientOptions { Endpoint = baseUrl });
        var (text, events, finish) = ("", 0, (string?)null);
        var error = await RaisedAsync(async () =>
        {
            await foreach (var update in await client.CreateResponseStreamingAsync("gpt", "hi"))
            {
                events++;
                text += (update as StreamingResponseOutputTextDeltaUpdate)?.Delta;
                finish = update switch
                {
                    StreamingResponseCompletedUpdate completed => completed.Response.Status?.ToString(),
                    StreamingResponseErrorUpdate failed => $"error: {failed.Code}: {failed.Message}",
                    _ => finish,
                };
            }
        });
        return new ClientOutcome(text, events, finish, error);
    }

    /// <summary><c>Anthropic</c>, messages.</summary>
    public static async Task<ClientOutcome> AnthropicMessagesAsync(Uri baseUrl)
    {
        // The SDK adds /v1 itself.
        using var client = new AnthropicClient { ApiKey = "test", BaseUrl = new Uri(baseUrl, ".").ToString().TrimEnd('/') };
        var question = new MessageCreateParams { Model = "claude", MaxTokens = 100, Messages = [new UserMessageParam("hi")] };
        var (text, events, finish) = ("", 0, (string?)null);
        var error = await RaisedAsync(async () =>
        {
            await foreach (var update in client.Messages.CreateStreaming(question, TestContext.Current.CancellationToken))
            {
                events++;
                if (update.TryPickContentBlockDelta(out var block) && block.Delta.TryPickText(out var delta))
                {
                    text += delta.Text;
                }

                finish = update.TryPickDelta(out var end) ? end.Delta.StopReason?.Raw() : finish;
            }
        });
        return new ClientOutcome(text, events, finish, error);
    }

    private static async Task<ClientError?> RaisedAsync(Func<Task> ask)
    {
        try
        {
            await ask();
            return null;
        }
        catch (Exception e)
        {
            var classes = new List<string>();
            for (var type = e.GetType(); type != typeof(object); type = type!.BaseType)
            {
                classes.Add(type!.Name);
            }

            return e switch
            {
                ClientResultException openai => new ClientError([.. classes], openai.Message, openai.Status),
                AnthropicApiException anthropic => new ClientError([.. classes], anthropic.Message, (int)anthropic.StatusCode, RequestId: anthropic.RequestID),
                _ => new ClientError([.. classes], e.Message),
            };
        }
    }
}
