using System.Text.Json;

namespace HCChat.Client;

/// <summary>Who is in a room, and what the server says to us there. Frames come one at a time; the members may be read from any thread.</summary>
internal sealed class RoomInbox(TimeProvider time, Action<ChatEvent> post)
{
    private const int PutOut = 1205; // ids of `info`
    private const int Closed = 1206;

    private volatile IReadOnlyList<Member> _members = [];
    private long? _me;

    public required string Nick { get; set; }

    public bool RemovedBySomebody { get; private set; }

    /// <summary>What the server last said of somebody's being put out, or of the room's end.</summary>
    public string LastWord { get; private set; } = "You were removed from the room.";

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
                LastWord = frame.Integer("id") is PutOut or Closed ? text : LastWord;
                post(new NoticeReceived(at, null, text));
                break;
            case "warn":
                var refusal = frame.Refusal();
                post(new NoticeReceived(at, refusal.Code, refusal.Text));
                break;
        }
    }

    public Member? Find(long? userId) => _members.FirstOrDefault(member => member.UserId == userId);

    public bool IsMe(long? userId) => userId == _me && _me is not null;

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
}
