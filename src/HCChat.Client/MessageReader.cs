using System.Globalization;
using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>How frames are read: as they happen, or backwards from before our time.</summary>
/// <param name="History">From before our time.</param>
/// <param name="Changes">What is known of authors, and what waits for them.</param>
/// <param name="Post">Takes the events.</param>
/// <param name="Opened">Is told of all content that was opened.</param>
internal sealed record Reading(bool History, Changes Changes, Action<ChatEvent> Post, Action<Content>? Opened = null);

/// <summary>Makes events of what people say and do to messages. One frame at a time, under the room's gate.</summary>
/// <param name="pins">By what keys people are known here; null where nothing can be signed.</param>
/// <param name="live">How what happens now is read; changes there may wait for a message that history brings.</param>
internal sealed class MessageReader(
    RoomLock protection,
    RoomPins? pins,
    RoomInbox inbox,
    TimeProvider time,
    Reading live
)
{
    private const int RememberedOwn = 10_000;
    private const long MaxTtl = 315_360_000; // seconds, ten years: more is no time that anybody waits for

    private readonly RecentSet<string> _sent = new(RememberedOwn);
    private readonly RecentSet<string> _ownShown = new(RememberedOwn);
    private DateTimeOffset _timerSetAt;
    private DateTimeOffset _saidAt;
    private bool _isTimerKnown;

    /// <summary>The room's name for people, as a member told it.</summary>
    public string? Title { get; private set; }

    /// <summary>
    /// After how many seconds messages disappear, as the members agreed; null when they stay. Until that was heard, what the newest message says of itself
    /// (spec/crypto.md §4).
    /// </summary>
    public long? Ttl { get; private set; }

    /// <summary>What was found in messages that are not read otherwise.</summary>
    /// <param name="seconds">0 for none.</param>
    public void Learn(long seconds)
    {
        if (!_isTimerKnown && _saidAt == default)
        {
            Ttl = seconds > 0 ? seconds : null;
        }
    }

    /// <summary>A message of ours goes out: it is ours whatever connection brings it back.</summary>
    public void Sent(string mid) => _sent.Add(mid);

    /// <summary>Reads a frame; what it does not know gives no event.</summary>
    public void Read(string cmd, JsonElement frame, Reading reading)
    {
        var outer = OuterOf(cmd, frame);
        switch (cmd)
        {
            case "chat" or "emote" or "whisper" or "edit" or "note":
                OnText(cmd, frame, outer, reading);
                break;
            case "delete":
                OnDelete(frame, outer, reading);
                break;
            case "reaction_added" or "reaction_removed" when MayReadPlain && frame.Text("emoji") is { } emoji:
                var off = cmd == "reaction_removed";
                var target = frame.Text("messageId") ?? "";
                Offer(
                    target,
                    null,
                    new ReactionReceived(outer.Time, target, outer.ServerNick, emoji, off),
                    outer,
                    reading
                );
                break;
            case "read_receipt" or "delivered_receipt" when MayReadPlain && frame.Text("messageId") is { } id:
                var read = cmd == "read_receipt";
                var receipt = new ReceiptReceived(outer.Time, outer.ServerNick, read ? id : null, read ? null : id);
                reading.Post(receipt with { Position = outer.Position });
                break;
            case "roomState" when frame.Object("history")?.History() is { } history:
                reading.Post(new HistoryChanged(outer.Time, outer.ServerNick, history) { Position = outer.Position });
                break;
        }
    }

    /// <summary>In an encrypted room of ours what people do is sealed; frames that are not say what the server likes.</summary>
    private bool MayReadPlain => !protection.HasContent;

    private DateTimeOffset Now => time.GetUtcNow();

    private Message OuterOf(string cmd, JsonElement frame)
    {
        var userId = frame.Integer(cmd == "whisper" ? "from" : "userid");
        var sender = inbox.Find(userId);
        var nick = frame.Text("nick") ?? sender?.Nick ?? frame.Text("userId") ?? "";
        var mid = frame.Text("mid");
        var at = frame.Time(Now);
        return new Message
        {
            Id = mid ?? frame.Text("id") ?? frame.Integer("id")?.ToString(CultureInfo.InvariantCulture) ?? "",
            Nick = nick,
            ServerNick = nick,
            Trip = frame.Text("trip") is { Length: > 0 } trip ? trip : sender?.Trip,
            Text = WithoutName(cmd, nick, frame.Text("text") ?? ""),
            Emote = cmd == "emote",
            Whisper = cmd == "whisper",
            IsMine = inbox.IsMe(userId) || (mid is not null && _sent.Contains(mid)),
            Time = at,
            Position = frame.Position(),
            ExpiresAt = Expiry(at, frame.Integer("ttl")),
            Files = cmd is "chat" or "whisper" ? SharedFile.Beside(frame, protection.HasContent) : [],
        };
    }

    private void OnText(string cmd, JsonElement frame, Message outer, Reading reading)
    {
        var isBare = outer.Files.Count > 0 && outer.Text.Length == 0;
        switch (protection.Judge(outer.Text))
        {
            case Incoming.Unprotected when isBare:
                // The server's word that somebody showed this; what the object holds is proven by the room's key.
                var shown = outer with
                {
                    Authorship = pins?.See(outer.Nick, null),
                };
                Show(shown, AuthorOf(frame, shown, null), reading);
                break;
            case Incoming.Plain when cmd == "edit":
                var target = frame.Text("target") ?? "";
                Offer(target, null, new MessageEdited(outer.Time, target, outer.Nick, outer.Text), outer, reading);
                break;
            case Incoming.Plain when cmd != "note":
                Show(outer, AuthorOf(frame, outer, null), reading);
                break;
            case Incoming.Unprotected:
                reading.Post(
                    new UnprotectedReceived(outer.Time, outer.ServerNick, outer.Text) { Position = outer.Position }
                );
                break;
            case Incoming.NoKey when cmd != "note":
                PostUnreadable(outer, E2eeError.KeyUnknown, reading);
                break;
            case Incoming.Sealed:
                OnSealed(cmd, frame, outer, reading);
                break;
        }
    }

    private void OnSealed(string cmd, JsonElement frame, Message outer, Reading reading)
    {
        try
        {
            var (opened, legacyText) = protection.Open(
                new ReceivedMessage(
                    outer.Text,
                    outer.ServerNick,
                    frame.Text("mid"),
                    outer.Time,
                    outer.Whisper,
                    reading.History
                )
            );
            if (legacyText is not null)
            {
                OnLegacy(cmd, frame, outer, legacyText, reading);
            }
            else if (opened is not null && (reading.History || !opened.Duplicate))
            {
                OnContent(cmd, frame, outer, opened, reading);
            }
        }
        catch (E2eeException e)
        {
            PostUnreadable(outer, e.Error, reading);
        }
    }

    private void OnLegacy(string cmd, JsonElement frame, Message outer, string text, Reading reading)
    {
        if (cmd == "edit")
        {
            var target = frame.Text("target") ?? "";
            Offer(target, null, new MessageEdited(outer.Time, target, outer.Nick, text), outer, reading);
            return;
        }
        var action = text.StartsWith(RoomLock.LegacyAction, StringComparison.Ordinal);
        var shown = action ? text[RoomLock.LegacyAction.Length..] : text;
        Show(outer with { Text = shown, Emote = action, Encrypted = true }, AuthorOf(frame, outer, null), reading);
    }

    private void OnContent(string cmd, JsonElement frame, Message outer, OpenedMessage opened, Reading reading)
    {
        var content = opened.Content;
        reading.Opened?.Invoke(content);
        outer = outer with
        {
            Authorship = pins?.See(content.Nick, opened.Signer),
            IsMine = outer.IsMine && protection.MayBeMine(opened),
        };
        var author = AuthorOf(frame, outer, content);
        var at = outer.Time;
        switch (content.Body)
        {
            case TextBody text when cmd is "chat" or "emote" or "whisper":
                OnTextBody(outer, opened, text, author, reading);
                break;
            case FileBody file when cmd is "chat" or "whisper":
                var files = outer with { Text = file.Caption, Files = SharedFile.Of(file) };
                Show(Told(files, opened, Expiry(at, file.Ttl)), author, reading);
                break;
            case EditBody edit when cmd != "edit" || frame.Text("target") == edit.Target:
                Offer(edit.Target, author, new MessageEdited(at, edit.Target, content.Nick, edit.Text), outer, reading);
                break;
            case DeleteBody delete when cmd != "edit":
                Offer(
                    delete.Target,
                    author,
                    new MessageDeleted(at, delete.Target, content.Nick, ByModerator: false, Proven: true),
                    outer,
                    reading
                );
                break;
            case ReactBody react when cmd != "edit":
                var reaction = new ReactionReceived(at, react.Target, content.Nick, react.Key, react.Off);
                Offer(react.Target, null, reaction, outer, reading);
                break;
            case ReceiptBody receipt when cmd != "edit":
                var got = new ReceiptReceived(at, content.Nick, receipt.UpTo, receipt.Got);
                reading.Post(Placed(got, outer));
                break;
            case TimerBody timer when cmd != "edit":
                OnTimer(timer, content.Nick, outer, reading);
                break;
            case CallStartBody start when cmd is "chat" or "note":
                reading.Post(Placed(new CallStarted(at, content.Nick, start.CallId, start.Video), outer));
                break;
            case CallRekeyBody rekey when cmd is "chat" or "note":
                reading.Post(Placed(new CallRekeyed(at, content.Nick, rekey.CallId, rekey.Epoch), outer));
                break;
            case UnknownBody:
                reading.Post(Placed(new ContentReceived(at, outer.ServerNick, content), outer));
                break;
            default:
                PostUnreadable(outer, E2eeError.Auth, reading); // sealed for another frame than the one it came in
                break;
        }
    }

    private void OnTextBody(Message outer, OpenedMessage opened, TextBody body, Author author, Reading reading)
    {
        var content = opened.Content;
        if (body.Title is not null && body.Title != Title && !outer.IsMine && !reading.History)
        {
            Title = body.Title;
            reading.Post(new TitleReceived(outer.Time, body.Title) { Authorship = outer.Authorship });
        }
        var expiry = Expiry(outer.Time, body.Ttl);
        if (!_isTimerKnown && !outer.Whisper && outer.Time >= _saidAt)
        {
            (_saidAt, Ttl) = (outer.Time, expiry is null ? null : body.Ttl);
        }
        var said = outer with
        {
            Text = body.Text,
            Emote = body.Emote,
            Files = [],
            WrittenTo = outer.IsMine || body.To is null || IsMe(body.To) ? null : body.To,
        };
        Show(Told(said, opened, expiry), author, reading);
    }

    private bool IsMe(string nick) => NickFold.Fold(nick) == NickFold.Fold(inbox.Nick);

    private static Message Told(Message outer, OpenedMessage opened, DateTimeOffset? expiry) =>
        outer with
        {
            Id = opened.Content.Id,
            Nick = opened.Content.Nick,
            Encrypted = true,
            ReplyTo = opened.Content.ReplyTo,
            SentAt = opened.Content.SentAt,
            NickMismatch = opened.NickMismatch,
            ClockMismatch = opened.ClockMismatch,
            ExpiresAt = expiry is null || outer.ExpiresAt < expiry ? outer.ExpiresAt : expiry,
        };

    private void OnTimer(TimerBody timer, string nick, Message outer, Reading reading)
    {
        var seconds = timer.Ttl == 0 ? 0 : Math.Clamp(timer.Ttl, Lifetime.ShortestSeconds, Lifetime.LongestSeconds);
        if (outer.Time >= _timerSetAt)
        {
            _isTimerKnown = true;
            _timerSetAt = outer.Time;
            Ttl = seconds > 0 ? seconds : null;
        }
        reading.Post(Placed(new TimerChanged(outer.Time, nick, TimeSpan.FromSeconds(seconds)), outer));
    }

    private void OnDelete(JsonElement frame, Message outer, Reading reading)
    {
        var byModerator = frame.Flag("moderator");
        var judged = protection.Judge(outer.Text);
        if (judged == Incoming.Sealed)
        {
            // A moderator's own content proves nothing about the author; it is opened because its number counts.
            OnSealed("delete", frame, outer, byModerator ? Nowhere(reading) : reading);
        }
        if (byModerator || (MayReadPlain && judged is Incoming.Plain or Incoming.Unprotected))
        {
            var target = frame.Text("target") ?? "";
            var deleted = new MessageDeleted(outer.Time, target, outer.ServerNick, byModerator, Proven: false);
            Offer(target, null, deleted, outer, reading);
        }
        else if (judged == Incoming.Unprotected)
        {
            PostUnreadable(outer, E2eeError.Plain, reading); // the server's word, and nobody's proof
        }
    }

    private static Reading Nowhere(Reading reading) =>
        reading with
        {
            Changes = new Changes(backwards: false),
            Post = _ => { },
        };

    private void Show(Message message, Author author, Reading reading)
    {
        var twice = message is { IsMine: true, Position: not null } && !reading.History && !_ownShown.Add(message.Id);
        if (twice || (reading.History && message.ExpiresAt <= Now))
        {
            return;
        }
        reading.Post(new MessageReceived(message));
        foreach (var waited in reading.Changes.Learn(message.Id, author))
        {
            reading.Post(waited);
        }
        if (reading.Changes != live.Changes)
        {
            foreach (var waited in live.Changes.Learn(message.Id, author))
            {
                live.Post(waited);
            }
        }
    }

    private static void Offer(string target, Author? by, ChatEvent happened, Message outer, Reading reading)
    {
        var placed = Placed(happened, outer);
        if (target.Length > 0 && reading.Changes.Accept(new Change(target, by, placed)))
        {
            reading.Post(placed);
        }
    }

    private static ChatEvent Placed(ChatEvent happened, Message outer) =>
        happened with
        {
            Position = outer.Position,
            Authorship = outer.Authorship,
        };

    private static void PostUnreadable(Message outer, E2eeError error, Reading reading) =>
        reading.Post(new UnreadableReceived(outer.Time, outer.ServerNick, error) { Position = outer.Position });

    private static Author AuthorOf(JsonElement frame, Message outer, Content? content) =>
        new(content?.Nick ?? outer.Nick, content?.Sid, frame.Integer("userid"), outer.Trip, outer.Authorship?.Signer);

    private static DateTimeOffset? Expiry(DateTimeOffset at, long? ttl) =>
        ttl is > 0 and <= MaxTtl ? at.AddSeconds(ttl.Value) : null;

    /// <summary>hack.chat puts the sender's name into an emote's text.</summary>
    private static string WithoutName(string cmd, string nick, string text) =>
        cmd == "emote" && text.StartsWith($"@{nick} ", StringComparison.Ordinal) ? text[(nick.Length + 2)..] : text;
}
