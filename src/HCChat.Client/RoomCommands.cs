using System.Text.Json;
using System.Text.Json.Nodes;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>What we ask the server to do in one room, and its answers. A refusal comes with our <c>mid</c>; everything else is known by what it says.</summary>
internal sealed class RoomCommands(Action<ReadOnlyMemory<byte>> post, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly List<Question> _waiting = [];

    private sealed record Question(string Mid, Func<string, JsonElement, bool> IsAnswer)
    {
        public TaskCompletionSource<JsonElement> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Asks, and waits for the answer.</summary>
    /// <param name="members">What is asked; with a <c>mid</c> where something sealed names one.</param>
    /// <param name="isAnswer">Whether a frame, by its verb and members, is it.</param>
    /// <exception cref="CommandRefusedException">The server refuses, or does not answer.</exception>
    public async Task<JsonElement> AskAsync(
        string cmd,
        JsonObject members,
        Func<string, JsonElement, bool> isAnswer,
        CancellationToken stop
    )
    {
        var question = new Question((string?)members["mid"] ?? ContentJson.NewId(), isAnswer);
        members["mid"] = question.Mid;
        lock (_gate)
        {
            _waiting.Add(question);
        }
        try
        {
            post(Frames.Command(cmd, members));
            return await question.Answer.Task.WaitAsync(Patience, time, stop).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new CommandRefusedException(Refusal.BySilence);
        }
        finally
        {
            Take(other => other == question);
        }
    }

    /// <summary>A frame that may be an answer.</summary>
    public void OnFrame(string cmd, JsonElement frame) =>
        Take(question => question.IsAnswer(cmd, frame))?.Answer.TrySetResult(frame.Clone());

    /// <summary>A refusal; false when it is none of ours.</summary>
    public bool Refuse(string mid, Refusal refusal)
    {
        var question = Take(question => question.Mid == mid);
        question?.Answer.TrySetException(new CommandRefusedException(refusal));
        return question is not null;
    }

    /// <summary>No answer will come any more.</summary>
    public void Fail(Exception reason)
    {
        while (Take(_ => true) is { } question)
        {
            question.Answer.TrySetException(reason);
        }
    }

    private Question? Take(Predicate<Question> which)
    {
        lock (_gate)
        {
            var index = _waiting.FindIndex(which);
            var question = index < 0 ? null : _waiting[index];
            if (question is not null)
            {
                _waiting.RemoveAt(index);
            }
            return question;
        }
    }
}
