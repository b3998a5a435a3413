using HCChat.Rtc.Signal;
using HCChat.Tests.Layout;

namespace HCChat.Tests.Rtc.Signal;

/// <summary>Offers that real clients have made, as they made them (without their candidates).</summary>
internal static class RealOffers
{
    /// <summary>livekit-client 2.23 in Chromium with one peer connection: as it comes in, and as it publishes sound and simulcast.</summary>
    public const string ChromiumFirst = "chromium-one-first.sdp";
    public const string ChromiumPublishing = "chromium-one-publishing.sdp";

    /// <summary>The same with two.</summary>
    public const string ChromiumTwoPublishing = "chromium-two-publishing.sdp";

    /// <summary>@livekit/rtc-node 1.1: as it comes in, and as it publishes.</summary>
    public const string NativeFirst = "native-first.sdp";
    public const string NativePublishing = "native-publishing.sdp";

    public static TheoryData<string> All =>
        [ChromiumFirst, ChromiumPublishing, ChromiumTwoPublishing, NativeFirst, NativePublishing];

    public static string Text(string name) =>
        File.ReadAllText(Path.Combine(Repository.Root, "tests/HCChat.Tests/Rtc/Signal/Offers", name));

    public static SdpSession Read(string name)
    {
        Assert.True(SdpReader.TryRead(Text(name), out var session));
        return session;
    }
}
