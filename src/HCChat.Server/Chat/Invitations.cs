using System.Buffers.Text;
using System.Security.Cryptography;
using HCChat.Protocol;
using HCChat.Server.Database;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>Invitations into a room: <c>createinvite</c>, <c>invites</c>, <c>revokeinvite</c>. The server keeps their hashes alone.</summary>
internal static class Invitations
{
    private const int SecretSize = 18;
    private const int IdSize = 6;
    private const long DefaultSeconds = 7 * 24 * 60 * 60;

    public static async Task CreateAsync(Call call)
    {
        if (!Moderation.Allowed(call, Level.ChannelModerator, out var seat))
        {
            return;
        }
        var (message, channel) = (call.Message, seat.Room.Channel);
        if (!call.Charge(2, Fault.RateInvite, channel))
        {
            return;
        }
        var uses = message.Has("uses") ? message.Integer("uses") : 1;
        var seconds = message.Has("seconds") ? message.Integer("seconds") : DefaultSeconds;
        if (uses is not (>= 1 and <= Limits.MaxInviteUses) || seconds is not (>= 60 and <= Limits.MaxRuleSeconds))
        {
            call.Refuse(
                Fault.BadPayload,
                channel,
                $"uses: 1 to {Limits.MaxInviteUses}; seconds: 60 to {Limits.MaxRuleSeconds}."
            );
            return;
        }
        if (await call.Chat.Rooms.Rules.InvitesAsync(channel) is not { } others)
        {
            call.Refuse(Fault.Unavailable, channel);
            return;
        }
        if (others.Count >= Limits.MaxInvites)
        {
            call.Refuse(Fault.TooMany, channel);
            return;
        }
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretSize));
        var id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdSize));
        var expires = call.Now.ToUnixTimeMilliseconds() + seconds.Value * 1000;
        Keep(
            call,
            seat.Room,
            () =>
                call.Reply(
                    new Notice("invitation")
                        .String("channel", channel)
                        .String("id", id)
                        .String("invite", secret)
                        .Number("uses", uses)
                        .Number("expires", expires)
                ),
            new RuleStore.Step(
                "INSERT INTO invites (channel, hash, id, uses, expires) VALUES (@1, @2, @3, @4, @5)",
                StoredSecret.Of(secret),
                id,
                uses,
                expires
            )
        );
    }

    public static async Task ListAsync(Call call)
    {
        if (
            !Moderation.Allowed(call, Level.ChannelModerator, out var seat)
            || !call.Charge(2, Fault.RateCommand, seat.Room.Channel)
        )
        {
            return;
        }
        var channel = seat.Room.Channel;
        if (await call.Chat.Rooms.Rules.InvitesAsync(channel) is not { } invites)
        {
            call.Refuse(Fault.Unavailable, channel);
            return;
        }
        call.Reply(
            new Notice("invites")
                .String("channel", channel)
                .Objects(
                    "invites",
                    invites,
                    (json, i) => json.String("id", i.Id).Number("uses", i.Uses).Number("expires", i.Expires)
                )
        );
    }

    public static void Revoke(Call call)
    {
        if (
            !Moderation.Allowed(call, Level.ChannelModerator, out var seat)
            || !call.Charge(2, Fault.RateCommand, seat.Room.Channel)
        )
        {
            return;
        }
        var channel = seat.Room.Channel;
        if (call.Message.String("id") is not { Length: > 0 and <= 64 } id)
        {
            call.Refuse(Fault.BadPayload, channel);
            return;
        }
        Keep(
            call,
            seat.Room,
            () => call.Reply(new Notice("inviteRevoked").String("channel", channel).String("id", id)),
            new RuleStore.Step("DELETE FROM invites WHERE channel = @1 AND id = @2", StoredText.Of(id))
        );
    }

    private static void Keep(Call call, Room room, Action then, RuleStore.Step step)
    {
        var session = call.Session;
        call.Chat.Rooms.With(
            room,
            r =>
            {
                session.Begin();
                var begun = call.Chat.Rooms.Rules.TryChange(
                    r,
                    rules => rules,
                    kept =>
                    {
                        if (kept)
                        {
                            then();
                        }
                        else
                        {
                            call.Refuse(Fault.Unavailable, r.Channel);
                        }
                        session.Settle();
                    },
                    step
                );
                if (!begun)
                {
                    call.Refuse(Fault.Unavailable, r.Channel);
                    session.Settle();
                }
            }
        );
    }
}
