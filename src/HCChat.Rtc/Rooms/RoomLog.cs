namespace HCChat.Rtc.Rooms;

/// <summary>What calls log. Ids only: they are new with every stay and say nothing of whose they are.</summary>
internal static partial class RoomLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Call {Room}: {Member} is gone ({Reason}).")]
    public static partial void Left(ILogger log, string room, string member, LeaveReason reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Call {Room}: {Member} asked for what cannot be: {What}.")]
    public static partial void Refused(ILogger log, string room, string member, string what);

    [LoggerMessage(Level = LogLevel.Information, Message = "Call {Room}: a track of {Member} was refused ({Reason}).")]
    public static partial void RefusedTrack(ILogger log, string room, string member, Publishing.Refusal reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Call {Room}: what was due has failed.")]
    public static partial void TickFailed(ILogger log, string room, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "Call {Room}: a message of {Member} could not be dealt with.")]
    public static partial void MessageFailed(ILogger log, string room, string member, Exception e);
}
