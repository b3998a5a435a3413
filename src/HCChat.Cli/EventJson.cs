using System.Text.Encodings.Web;
using System.Text.Json;
using HCChat.Client;
using HCChat.Crypto;

namespace HCChat.Cli;

/// <summary>
/// The lines of <c>hcchat listen --json</c> and <c>hcchat history --json</c>: one object each, UTF-8, with <c>event</c>, <c>time</c> (ms since 1970),
/// <c>room</c>, and <c>epoch</c> and <c>seq</c> for what has a place in the room's list; members may be added, never changed. By <c>event</c>:
/// <c>message</c> {id, nick, serverNick, trip?, text, files[{name, mime, size, id}]?, emote, whisper, mine, encrypted, replyTo?, sentAt?, expiresAt?, nickMismatch, clockMismatch},
/// <c>edited</c> {target, nick, text}, <c>deleted</c> {target, nick, byModerator, proven}, <c>reaction</c> {target, nick, key, off}, <c>receipt</c> {nick, read?,
/// delivered?}, <c>timer</c> {nick, seconds}, <c>history</c> {nick, mode, days, count, seconds}, <c>gap</c> (here something may be missing), <c>end</c> (the server
/// has nothing older), <c>unprotected</c> {serverNick, text, code:"E_PLAIN"}, <c>unreadable</c> {serverNick, code}, <c>content</c> {serverNick, nick, id, type}
/// for kinds that are not known here, <c>title</c> {title}, <c>missing</c> {count} (with epoch and seq: before that place of the past; lost for age, deleted or disappeared), <c>entered</c> {members[{userid, nick, trip?, me}], again}, <c>join</c> and
/// <c>leave</c> {userid, nick, trip?}, <c>change</c> {userid, before, nick}, <c>typing</c> {nick}, <c>notice</c> {code?, text}, <c>disconnected</c> {retryMs},
/// <c>lost</c> {count}, <c>closed</c> {code?, text}, <c>door</c> {nick, owned, access, knock, slow, password, listed, motd?}, <c>knock</c> {userid, nick, trip?, identity?, text?},
/// <c>ban</c> {by, id, nick, muted, expires, identities}, <c>pardon</c> {id}, <c>call</c> {nick, callId, video} (the message that began it), <c>callChanged</c> {callId, nick, video, people[{identity, nick}]} (the
/// room's call as it is now), <c>callRekeyed</c> {nick, callId, epoch}, <c>callEnded</c> {callId}. What was sealed has <c>standing</c> (unsigned, first, pinned, verified; changed and missing are to be
/// warned of), and <c>signer</c> (the key) and <c>fingerprint</c> when it is signed, <c>known</c> (the fingerprint that its nick is known by) when that is another. And <c>error</c> {code, text} without time and room when listening could not begin.
/// </summary>
internal static class EventJson
{
    /// <summary>One line, letters of all scripts as they are.</summary>
    public static readonly JsonSerializerOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The line of one event.</summary>
    public static string Write(string room, ChatEvent happened)
    {
        var (name, members) = Members(happened);
        var line = new Dictionary<string, object?>
        {
            ["event"] = name,
            ["time"] = happened.Time.ToUnixTimeMilliseconds(),
            ["room"] = room,
        };
        if (happened.Position is { } place)
        {
            line["epoch"] = place.Epoch;
            line["seq"] = place.Seq;
        }
        foreach (var (key, value) in members)
        {
            if (value is not null)
            {
                line[key] = value;
            }
        }
        if (happened.Authorship is { } by)
        {
            line["standing"] = by.Standing.ToString().ToLowerInvariant();
            if (by.Signer is { } signer)
            {
                (line["signer"], line["fingerprint"]) = (signer.Text, signer.Fingerprint);
            }
            if (by.Known is { } known && known != by.Signer)
            {
                line["known"] = known.Fingerprint;
            }
        }
        return JsonSerializer.Serialize(line, Compact);
    }

    private static (string Name, (string, object?)[] Members) Members(ChatEvent happened) =>
        happened switch
        {
            MessageReceived e => ("message", Message(e.Message)),
            MessageEdited e => ("edited", [("target", e.Target), ("nick", e.Nick), ("text", e.Text)]),
            MessageDeleted e => (
                "deleted",
                [("target", e.Target), ("nick", e.Nick), ("byModerator", e.ByModerator), ("proven", e.Proven)]
            ),
            ReactionReceived e => (
                "reaction",
                [("target", e.Target), ("nick", e.Nick), ("key", e.Key), ("off", e.Off)]
            ),
            ReceiptReceived e => ("receipt", [("nick", e.Nick), ("read", e.Read), ("delivered", e.Delivered)]),
            TimerChanged e => ("timer", [("nick", e.Nick), ("seconds", (long)e.After.TotalSeconds)]),
            HistoryChanged e => ("history", [("nick", e.Nick), .. Settings(e.History)]),
            HistoryGap => ("gap", []),
            HistoryEnded => ("end", []),
            UnprotectedReceived e => (
                "unprotected",
                [("serverNick", e.ServerNick), ("text", e.Text), ("code", E2eeException.CodeOf(E2eeError.Plain))]
            ),
            UnreadableReceived e => ("unreadable", [("serverNick", e.ServerNick), ("code", e.Code)]),
            ContentReceived e => (
                "content",
                [
                    ("serverNick", e.ServerNick),
                    ("nick", e.Content.Nick),
                    ("id", e.Content.Id),
                    ("type", (e.Content.Body as UnknownBody)?.Type),
                ]
            ),
            CallStarted e => ("call", [("nick", e.Nick), ("callId", e.CallId), ("video", e.Video)]),
            CallChanged { Call: var c } => (
                "callChanged",
                [
                    ("callId", c.Id),
                    ("nick", c.Nick),
                    ("video", c.Video),
                    ("people", c.People.Select(p => new { identity = p.Identity, nick = p.Nick }).ToArray()),
                ]
            ),
            CallEnded e => ("callEnded", [("callId", e.CallId)]),
            CallRekeyed e => ("callRekeyed", [("nick", e.Nick), ("callId", e.CallId), ("epoch", e.Epoch)]),
            _ => OfPeople(happened),
        };

    private static (string Name, (string, object?)[] Members) OfPeople(ChatEvent happened) =>
        happened switch
        {
            TitleReceived e => ("title", [("title", e.Title)]),
            MessagesMissing e => ("missing", [("count", e.Count)]),
            RoomEntered e => ("entered", [("members", e.Members.Select(Person).ToArray()), ("again", e.Again)]),
            MemberJoined e => ("join", Name(e.Member)),
            MemberLeft e => ("leave", Name(e.Member)),
            MemberChanged e => (
                "change",
                [("userid", e.After.UserId), ("before", e.Before.Nick), ("nick", e.After.Nick)]
            ),
            TypingReceived e => ("typing", [("nick", e.Nick)]),
            NoticeReceived e => ("notice", [("code", e.Code), ("text", e.Text)]),
            Disconnected e => ("disconnected", [("retryMs", (long)e.RetryAfter.TotalMilliseconds)]),
            EventsLost e => ("lost", [("count", e.Count)]),
            RoomClosed e => ("closed", [("code", Failure.Of(e.Reason)?.Code), ("text", e.Reason.Message)]),
            DoorChanged { Door: var d } e => (
                "door",
                [
                    ("nick", e.Nick),
                    ("owned", d.Owned),
                    ("access", d.Entrance.ToString().ToLowerInvariant()),
                    ("knock", d.Knock),
                    ("slow", (long)d.Slow.TotalSeconds),
                    ("password", d.HasPassword),
                    ("listed", d.Listed),
                    ("toll", d.Toll),
                    ("raided", d.Raided),
                    ("motd", d.MessageOfTheDay),
                ]
            ),
            KnockReceived e => (
                "knock",
                [("userid", e.UserId), ("nick", e.Nick), ("trip", e.Trip), ("identity", e.Identity), ("text", e.Text)]
            ),
            MemberBanned { Ban: var b } e => (
                "ban",
                [
                    ("by", e.By),
                    ("id", b.Id),
                    ("nick", b.Nick),
                    ("muted", b.Muted),
                    ("expires", b.Expires.ToUnixTimeMilliseconds()),
                    ("identities", b.Identities),
                ]
            ),
            BanLifted e => ("pardon", [("id", e.Id)]),
            _ => ("other", []),
        };

    private static (string, object?)[] Message(Message m) =>
        [
            ("id", m.Id),
            ("nick", m.Nick),
            ("serverNick", m.ServerNick),
            ("trip", m.Trip),
            ("text", m.Text),
            ("files", m.Files.Count > 0 ? m.Files.Select(File) : null),
            ("emote", m.Emote),
            ("whisper", m.Whisper),
            ("writtenTo", m.WrittenTo),
            ("mine", m.IsMine),
            ("encrypted", m.Encrypted),
            ("replyTo", m.ReplyTo),
            ("sentAt", m.SentAt?.ToUnixTimeMilliseconds()),
            ("expiresAt", m.ExpiresAt?.ToUnixTimeMilliseconds()),
            ("nickMismatch", m.NickMismatch),
            ("clockMismatch", m.ClockMismatch),
        ];

    // No key: what is written here goes into logs.
    private static Dictionary<string, object?> File(SharedFile file) =>
        new()
        {
            ["name"] = file.Name,
            ["mime"] = file.Mime,
            ["size"] = file.Size,
            ["id"] = file.Id,
        };

    private static (string, object?)[] Settings(HistorySettings history) =>
        [
            ("mode", history.Mode),
            ("days", history.Days),
            ("count", history.Count),
            ("seconds", (long)history.DisappearAfter.TotalSeconds),
        ];

    private static (string, object?)[] Name(Member member) =>
        [("userid", member.UserId), ("nick", member.Nick), ("trip", member.Trip)];

    private static Dictionary<string, object?> Person(Member member)
    {
        var person = new Dictionary<string, object?> { ["userid"] = member.UserId, ["nick"] = member.Nick };
        if (member.Trip is not null)
        {
            person["trip"] = member.Trip;
        }
        person["me"] = member.IsMe;
        return person;
    }
}
