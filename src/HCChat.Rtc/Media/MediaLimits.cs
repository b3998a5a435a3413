namespace HCChat.Rtc.Media;

/// <summary>What one participant may cause.</summary>
/// <param name="PublishBitrate">All that it sends, in bits per second. What is above is not forwarded, the higher layers of video first, and it is asked to send less.</param>
/// <param name="Sources">Sources that are listened to.</param>
internal sealed record MediaLimits(int PublishBitrate = 6_000_000, int Sources = 48);
