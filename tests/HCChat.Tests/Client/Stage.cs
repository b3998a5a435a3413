using System.Text.Json;
using System.Text.Json.Nodes;
using HCChat.Client;
using HCChat.Crypto;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Client;

/// <summary>One client in an encrypted room, and everything between it and the others in the hands of whoever directs.</summary>
internal sealed class Stage : IDisposable
{
    public const string Channel = "x";

    private readonly InviteLink _link = new(new Uri("http://localhost/"), Channel, Secret.Random(32));
    private readonly IAsyncEnumerator<ChatEvent> _events;
    private int _seq;

    public Stage(IPinStore? pins = null)
    {
        var options = new ChatOptions
        {
            Server = new Uri("http://localhost/"),
            Nick = "me",
            Time = Clock,
            Identity = Me,
            Pins = _ => pins ?? new MemoryPinStore(),
        };
        Room = new ChatRoom(
            RoomAccess.ByLink(_link),
            options,
            frame => Sent.Add(JsonNode.Parse(frame.Span)!),
            _ => { }
        );
        Tell(
            new
            {
                cmd = "onlineSet",
                channel = Channel,
                users = new object[]
                {
                    new { userid = 7, nick = "alice" },
                    new
                    {
                        userid = 1,
                        nick = "me",
                        isme = true,
                    },
                },
                epoch = "e1",
                head = 0,
            }
        );
        Room.OnSession();
        _events = Room.ReadAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
    }

    public FakeTimeProvider Clock { get; } = new(DateTimeOffset.UnixEpoch.AddYears(56));

    public SigningIdentity Me { get; } = SigningIdentity.Generate();

    public ChatRoom Room { get; }

    /// <summary>What the client has sent.</summary>
    public List<JsonNode> Sent { get; } = [];

    /// <summary>The room's key.</summary>
    public RoomKeys Keys => field ??= KeysOf(Channel);

    /// <summary>Somebody who has the room's key.</summary>
    public RoomCipher Member(SigningIdentity? identity, string channel = Channel) =>
        new(new KeyRing(KeysOf(channel)), channel, Clock, identity);

    private RoomKeys KeysOf(string channel) => new(new Secret(_link.RoomKey!.Reveal()), channel);

    /// <summary>A frame to the client.</summary>
    public void Tell(object frame)
    {
        using var json = JsonSerializer.SerializeToDocument(frame);
        Room.OnFrame(json.RootElement.GetProperty("cmd").GetString()!, json.RootElement);
    }

    /// <summary>Delivers something sealed; without more words as an honest server would.</summary>
    public void Deliver(
        SealedMessage message,
        string cmd = "chat",
        string? text = null,
        string? mid = "",
        string? nick = null,
        string? target = null,
        int userId = 7
    )
    {
        Tell(
            new
            {
                cmd,
                channel = Channel,
                nick = nick ?? message.Content.Nick,
                userid = userId,
                from = userId,
                text = text ?? message.Text,
                mid = mid is "" ? message.Content.Id : mid,
                target,
                time = Clock.GetUtcNow().ToUnixTimeMilliseconds(),
                epoch = cmd == "whisper" ? null : "e1",
                seq = cmd == "whisper" ? 0 : ++_seq,
            }
        );
    }

    /// <summary>All that the room has told since it was asked the last time.</summary>
    public async Task<IReadOnlyList<ChatEvent>> HeardAsync()
    {
        var end = $"end {Guid.NewGuid()}";
        Room.Post(new NoticeReceived(default, null, end));
        var heard = new List<ChatEvent>();
        while (await _events.MoveNextAsync())
        {
            if (_events.Current is NoticeReceived notice && notice.Text == end)
            {
                return heard;
            }
            heard.Add(_events.Current);
        }
        return heard;
    }

    public void Dispose()
    {
        Room.Close(new OperationCanceledException());
        _link.Dispose();
        Me.Dispose();
    }
}
