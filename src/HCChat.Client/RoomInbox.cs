using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>Turns the frames of one room into events. Frames come one at a time; the members may be read from any thread.</summary>
internal sealed class RoomInbox(RoomLock protection, TimeProvider time, Action<ChatEvent> post)
{
    private volatile IReadOnlyList<Member> _members = [];
    private long? _me;

    public required string Nick { get; set; }

    public string? Title { get; private set; }

    public bool RemovedBySomebody { get; private set; }

    public IReadOnlyList<Member> Members => _members;

    private DateTimeOffset Now => time.GetUtcNow();

    public void Enter(JsonElement frame, bool again)
    {
        _members = [.. frame.List("users").Where(IsObject).Select(user => user.Member(me: null)).OfType<Member>()];
        if (_members.LastOrDefault(member => member.IsMe) is { } self)
        {
            _me = self.UserId;
            Nick = self.Nick;
        }
        post(new RoomEntered(frame.Time(Now), _members, again));
    }

    public void OnFrame(string cmd, JsonElement frame)
    {
        var at = frame.Time(Now);
        switch (cmd)
        {
            case "chat" or "emote" or "whisper":
                OnMessage(cmd, frame, at);
                ReportGaps();
                break;
            case "onlineAdd" when frame.Member(_me) is { } added:
                _members = [.. _members.Where(member => member.UserId != added.UserId), added];
                post(new MemberJoined(at, added));
                break;
            case "onlineRemove":
                OnRemoved(frame, at);
                break;
            case "updateUser" when frame.Member(_me) is { } after:
                OnChanged(after, at);
                break;
            case "typing" when frame.Integer("userid") != _me:
                post(new TypingReceived(at, frame.Text("nick") ?? ""));
                break;
            case "info" when frame.Text("text") is { } text:
                post(new NoticeReceived(at, null, text));
                break;
            case "warn":
                var refusal = frame.Refusal();
                post(new NoticeReceived(at, refusal.Code, refusal.Text));
                break;
        }
    }

    public void ReportGaps()
    {
        foreach (var gap in protection.TakeGaps())
        {
            post(new MessagesMissing(Now, gap.Count));
        }
    }

    private static bool IsObject(JsonElement json) => json.ValueKind == JsonValueKind.Object;

    private void OnRemoved(JsonElement frame, DateTimeOffset at)
    {
        var id = frame.Integer("userid");
        if (_members.FirstOrDefault(member => member.UserId == id) is { } gone)
        {
            _members = [.. _members.Where(member => member.UserId != id)];
            RemovedBySomebody = gone.IsMe;
            post(new MemberLeft(at, gone));
        }
    }

    private void OnChanged(Member after, DateTimeOffset at)
    {
        var before = _members.FirstOrDefault(member => member.UserId == after.UserId) ?? after;
        var named = after.Nick.Length == 0 ? after with { Nick = before.Nick } : after;
        _members = [.. _members.Select(member => member.UserId == after.UserId ? named : member)];
        Nick = named.IsMe ? named.Nick : Nick;
        post(new MemberChanged(at, before, named));
    }

    private void OnMessage(string cmd, JsonElement frame, DateTimeOffset at)
    {
        var whisper = cmd == "whisper";
        var userId = frame.Integer(whisper ? "from" : "userid");
        var sender = _members.FirstOrDefault(member => member.UserId == userId);
        var nick = frame.Text("nick") ?? sender?.Nick ?? "";
        var text = WithoutName(cmd, nick, frame.Text("text") ?? "");
        var id = frame.Text("mid") ?? frame.Text("id") ?? frame.Integer("id")?.ToString(Invariant) ?? "";
        var plain = new Message
        {
            Id = id,
            Nick = nick,
            ServerNick = nick,
            Trip = frame.Text("trip") ?? sender?.Trip,
            Text = text,
            Emote = cmd == "emote",
            Whisper = whisper,
            IsMine = userId == _me && _me is not null,
            Time = at,
        };
        switch (protection.Judge(text))
        {
            case Incoming.Plain:
                post(new MessageReceived(plain));
                break;
            case Incoming.Unprotected:
                post(new UnprotectedReceived(at, nick, text));
                break;
            case Incoming.NoKey:
                post(new UnreadableReceived(at, nick, E2eeError.KeyUnknown));
                break;
            case Incoming.Sealed:
                Open(plain, frame.Text("mid"));
                break;
        }
    }

    private void Open(Message outer, string? mid)
    {
        try
        {
            var (opened, legacyText) = protection.Open(
                new ReceivedMessage(outer.Text, outer.ServerNick, mid, outer.Time, outer.Whisper)
            );
            if (legacyText is not null)
            {
                var action = legacyText.StartsWith(RoomLock.LegacyAction, StringComparison.Ordinal);
                var shown = action ? legacyText[RoomLock.LegacyAction.Length..] : legacyText;
                post(new MessageReceived(outer with { Text = shown, Emote = action, Encrypted = true }));
            }
            else if (opened is { Duplicate: false })
            {
                Post(outer, opened);
            }
        }
        catch (E2eeException e)
        {
            post(new UnreadableReceived(outer.Time, outer.ServerNick, e.Error));
        }
    }

    private void Post(Message outer, OpenedMessage opened)
    {
        var content = opened.Content;
        if (content.Body is not TextBody body)
        {
            post(new ContentReceived(outer.Time, outer.ServerNick, content));
            return;
        }
        if (body.Title is not null && body.Title != Title && !outer.IsMine)
        {
            Title = body.Title;
            post(new TitleReceived(outer.Time, body.Title));
        }
        post(
            new MessageReceived(
                outer with
                {
                    Id = content.Id,
                    Nick = content.Nick,
                    Text = body.Text,
                    Emote = body.Emote,
                    Encrypted = true,
                    ReplyTo = content.ReplyTo,
                    SentAt = content.SentAt,
                    NickMismatch = opened.NickMismatch,
                    ClockMismatch = opened.ClockMismatch,
                }
            )
        );
    }

    /// <summary>hack.chat puts the sender's name into an emote's text.</summary>
    private static string WithoutName(string cmd, string nick, string text) =>
        cmd == "emote" && text.StartsWith($"@{nick} ", StringComparison.Ordinal) ? text[(nick.Length + 2)..] : text;

    private static readonly System.Globalization.CultureInfo Invariant = System
        .Globalization
        .CultureInfo
        .InvariantCulture;
}
