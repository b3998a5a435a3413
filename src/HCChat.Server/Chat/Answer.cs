using HCChat.Protocol;
using HCChat.Server.Messages;

namespace HCChat.Server.Chat;

/// <summary>Whom to tell what became of a message. It outlives the call: of the frame that the message came in nothing is left by then.</summary>
/// <param name="Session">The sender.</param>
/// <param name="Family">The sender's family.</param>
/// <param name="Mid">The sender's id for the message, or null for none.</param>
/// <param name="Channel">The room.</param>
internal sealed record Answer(Session Session, Family Family, string? Mid, string Channel)
{
    /// <summary>When to try again what the database could not take.</summary>
    private const int RetryAfterMs = 1_000;

    /// <summary>Tells the sender what became of its message.</summary>
    public void Give(Outcome outcome, DateTimeOffset now)
    {
        if (outcome.Fault is { } fault)
        {
            Refuse(fault, now);
        }
        else
        {
            Acknowledge(outcome.Place!);
        }
    }

    /// <summary>Tells the sender that its message was taken: <c>message_ack</c> to the app, <c>ack</c> to ours.</summary>
    public void Acknowledge(Place place)
    {
        if (Mid is null)
        {
            return;
        }
        var notice = Family switch
        {
            Family.App => new Notice("message_ack", "message_ack")
                .String("messageId", Mid)
                .String("status", "received")
                .Number("timestamp", place.Time),
            Family.HCChat => new Notice("ack")
                .String("mid", Mid)
                .String("channel", Channel)
                .String("epoch", place.Epoch)
                .Number("seq", place.Seq)
                .String("id", Mid)
                .Flag("durable", place.Durable),
            _ => null,
        };
        if (notice is not null)
        {
            Session.Send(notice, DateTimeOffset.FromUnixTimeMilliseconds(place.Time));
        }
    }

    /// <summary>Tells the sender why its message has no place. The app would not understand, and sends it again by itself.</summary>
    public void Refuse(Fault fault, DateTimeOffset now)
    {
        var retryAfterMs = fault.Temporary ? RetryAfterMs : (long?)null;
        if (Family == Family.HCChat && Mid is not null)
        {
            Session.Send(Nack(Mid, Channel, fault, fault.Text, retryAfterMs), now);
        }
        else if (Family != Family.App)
        {
            Session.Send(
                new Notice("warn")
                    .String("text", fault.Text)
                    .Number("id", fault.Id)
                    .String("channel", Channel)
                    .String("code", fault.Code)
                    .Number("retryAfterMs", retryAfterMs),
                now
            );
        }
    }

    /// <summary>The refusal of a message that has an id.</summary>
    public static Notice Nack(string mid, string? channel, Fault fault, string text, long? retryAfterMs) =>
        new Notice("nack")
            .String("mid", mid)
            .String("channel", channel)
            .String("code", fault.Code)
            .String("text", text)
            .Number("retryAfterMs", retryAfterMs);
}
