using HCChat.Rtc.Signal.Wire;
using Kind = HCChat.Rtc.Signal.Wire.SignalRequest.MessageOneofCase;

namespace HCChat.Rtc.Rooms;

/// <summary>What clients ask for, message by message. One that cannot be understood costs its member the seat, and nobody else anything.</summary>
internal sealed class Requests(CallRoom room)
{
    private const int NotAllowed = 2;

    /// <summary>Does what a message asks; null is one that could not be read.</summary>
    public void Handle(CallMember member, SignalRequest? request)
    {
        if (request is null || !member.Messages.TryTake())
        {
            Reject(member, request is null ? "a message" : "too many messages");
            return;
        }
        switch (request.MessageCase)
        {
            case Kind.Ping:
                member.Send(new SignalResponse { Pong = Now() });
                break;
            case Kind.PingReq:
                var pong = new Pong { LastPingTimestamp = request.PingReq.Timestamp, Timestamp = Now() };
                member.Send(new SignalResponse { PongResp = pong });
                break;
            case Kind.Offer:
                room.ClientOffers.Take(member, request.Offer);
                break;
            case Kind.Answer:
                room.OwnOffers.Take(member, request.Answer);
                break;
            case Kind.AddTrack:
                room.Publishing.Announce(member, request.AddTrack);
                break;
            case Kind.Mute:
                room.Publishing.Mute(member, request.Mute);
                break;
            case Kind.Subscription:
                room.Feeds.Choose(member, request.Subscription);
                break;
            case Kind.TrackSetting:
                Feeds.Adjust(member, request.TrackSetting);
                break;
            case Kind.UpdateAudioTrack:
                room.Publishing.Change(member, request.UpdateAudioTrack);
                break;
            case Kind.UpdateVideoTrack:
                room.Publishing.Change(member, request.UpdateVideoTrack);
                break;
            case Kind.SubscriptionPermission:
                member.Audience = Permission.Of(request.SubscriptionPermission);
                room.Feeds.SettleAll();
                break;
            case Kind.UpdateMetadata:
                Refuse(member, request.UpdateMetadata);
                break;
            case Kind.Simulate:
                Simulate(member, request.Simulate);
                break;
            case Kind.Leave:
                room.Expel(member, LeaveReason.ClientInitiated, LeaveAction.Disconnect);
                break;
            default:
                // Candidates are not needed: we are reached, we never reach out. What a client repeats of its state when it comes back we have kept. And
                // what is newer than we are is passed over.
                break;
        }
    }

    /// <summary>Puts out whoever sent what cannot be understood.</summary>
    public void Reject(CallMember member, string what)
    {
        RoomLog.Refused(room.Context.Log, room.Sid, member.Sid, what);
        room.Expel(member, LeaveReason.Unknown, LeaveAction.Disconnect);
    }

    // Names and what hangs on them come from the token alone.
    private static void Refuse(CallMember member, UpdateParticipantMetadata update) =>
        member.Send(
            new SignalResponse
            {
                RequestResponse = new RequestResponse
                {
                    RequestId = update.RequestId,
                    Reason = NotAllowed,
                    Message = "Not allowed to update one's own metadata.",
                    UpdateMetadata = update,
                },
            }
        );

    // LiveKit's ways to try a client, as far as they concern nobody else.
    private void Simulate(CallMember member, SimulateScenario simulate)
    {
        switch (simulate.ScenarioCase)
        {
            case SimulateScenario.ScenarioOneofCase.SpeakerUpdate:
                var speaker = new SpeakerInfo
                {
                    Sid = member.Sid,
                    Level = 0.9f,
                    Active = true,
                };
                member.Send(new SignalResponse { SpeakersChanged = new SpeakersChanged { Speakers = { speaker } } });
                break;
            case SimulateScenario.ScenarioOneofCase.NodeFailure:
            case SimulateScenario.ScenarioOneofCase.Migration:
                member.Socket?.Close();
                break;
            case SimulateScenario.ScenarioOneofCase.ServerLeave:
                room.Expel(member, LeaveReason.ServerShutdown, LeaveAction.Disconnect);
                break;
            case SimulateScenario.ScenarioOneofCase.LeaveRequestFullReconnect:
                room.Expel(member, LeaveReason.ServerShutdown, LeaveAction.Reconnect);
                break;
            case SimulateScenario.ScenarioOneofCase.SwitchCandidateProtocol:
                // The client comes in anew by itself; then it is told no other candidates than these.
                if (simulate.SwitchCandidateProtocol != 0)
                    room.Context.PreferTcp(room.Name, member.Identity);
                break;
        }
    }

    private long Now() => room.Context.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
