using HCChat.Rtc.Rtp;

namespace HCChat.Rtc.Media;

/// <summary>What comes from a source: a layer, or the repetitions of one.</summary>
internal readonly record struct Source(Layer Layer, bool Repeats);

/// <summary>
/// Which source of a peer is which layer: told by the description, or learned from the first packets, which carry the section and the layer's name. A
/// participant has a bounded number of them.
/// </summary>
internal sealed class PeerSources(MediaMember member)
{
    private readonly Dictionary<uint, Source> _sources = [];

    public bool TryFind(uint ssrc, out Source source) => _sources.TryGetValue(ssrc, out source);

    /// <summary>A description names the source of a layer.</summary>
    public void Name(Layer layer, NamedSource named)
    {
        if (named.Ssrc != 0)
            Set(named.Ssrc, new Source(layer, false));
        if (named.RtxSsrc != 0)
            Set(named.RtxSsrc, new Source(layer, true));
    }

    /// <summary>Learns from a packet where it belongs.</summary>
    public bool TryLearn(List<Publication> publications, in RtpPacket packet, out Source source)
    {
        source = default;
        if (publications.Count == 0)
            return false;
        var mid = packet.Extension(publications[0].Section.Extensions.Mid);
        if (mid.IsEmpty)
            return false;
        foreach (var publication in publications)
            if (publication.IsIn(mid))
                return TryFindLayer(publication, packet, out source) && Set(packet.Ssrc, source);
        return false;
    }

    public void Forget(Publication publication)
    {
        foreach (var layer in publication.Layers)
        {
            Remove(layer.Ssrc);
            Remove(layer.RtxSsrc);
        }
    }

    private static bool TryFindLayer(Publication publication, in RtpPacket packet, out Source source)
    {
        source = default;
        var section = publication.Section;
        var repeats = section.RtxPayloadType > 0 && packet.PayloadType == section.RtxPayloadType;
        if (!repeats && packet.PayloadType != section.PayloadType)
            return false;
        var rid = packet.Extension(repeats ? section.Extensions.RepairedRid : section.Extensions.Rid);
        for (var i = 0; i < publication.Layers.Count; i++)
        {
            var layer = publication.Layers[i];
            if (layer.Rid.Length > 0 && !layer.IsNamed(rid))
                continue;
            source = new Source(layer, repeats);
            return true;
        }
        return false;
    }

    private bool Set(uint ssrc, Source source)
    {
        if (_sources.TryGetValue(ssrc, out var known))
        {
            if (known == source)
                return true;
            Remove(ssrc);
        }
        var layer = source.Layer;
        Remove(source.Repeats ? layer.RtxSsrc : layer.Ssrc);
        if (member.Sources >= member.Room.Limits.Sources)
            return false;
        member.Sources++;
        _sources[ssrc] = source;
        if (source.Repeats)
        {
            layer.RtxSsrc = ssrc;
            return true;
        }
        if (layer.Ssrc != 0)
            layer.Publication.Restart(layer);
        layer.Begin(ssrc);
        return true;
    }

    private void Remove(uint ssrc)
    {
        if (ssrc != 0 && _sources.Remove(ssrc))
            member.Sources--;
    }
}
