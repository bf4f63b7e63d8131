using System.Numerics;
using System.Runtime.InteropServices;
using GameLoop.Rules;

namespace GameLoop.Backends.Malloc;

// The life of entities from frame to frame; the other file keeps, makes and frees them.
internal sealed unsafe partial class MallocWorld
{
    protected override void ThinkShips(ref FrameView view)
    {
        for (var berth = ShipRules.FirstThinker(Frame); berth < Settings.Ships; berth += ShipRules.FramesPerThought)
            Think(ref *_ships[berth], view.Grid);
    }

    protected override void MoveShips(ref FrameView view)
    {
        for (var berth = 0; berth < Settings.Ships; berth++)
        {
            ref var ship = ref *_ships[berth];
            ReadMessage(ref ship);
            ShipRules.Step(ref ship.State, Space);
            if (TrailRules.IsDue(Frame + berth))
                Lengthen(ref ship.Trail, ship.State.Position);
            view.Picture.Draw(ship.State.Position, Colours.Ship(ship.State.Faction));
        }
    }

    protected override void StepShots(ref FrameView view)
    {
        for (var i = 0; i < _shots.Count;)
        {
            if (StepShot(ref *_shots[i], ref view))
                i++;
            else
                RemoveShot(i);
        }
    }

    protected override void StepParticles(ref FrameView view)
    {
        for (var i = 0; i < _particles.Count;)
        {
            var particle = _particles[i];
            if (ParticleRules.Step(ref *particle, Space))
            {
                view.Picture.Draw(particle->Position, particle->Colour);
                i++;
            }
            else
            {
                RemoveParticle(i);
            }
        }
    }

    protected override void StepPickups(ref FrameView view)
    {
        for (var i = 0; i < _pickups.Count;)
        {
            if (StepPickup(ref *_pickups[i], ref view))
                i++;
            else
                RemoveOrForgetPickup(i);
        }
    }

    private void ReadMessage(ref Ship ship)
    {
        if (ship.Inbox == null || Frame < ship.State.MessageArrival)
            return;
        ShipRules.Learn(ref ship.State, MessageRules.Read(new ReadOnlySpan<byte>(ship.Inbox, ship.InboxBytes)));
        FreeOrForget(ship.Inbox, ship.InboxBytes, Forgettable.Message, ship.State.Berth);
        ship.Inbox = null;
    }

    private bool TryFind(TargetLock target, out Ship* ship)
    {
        ship = _ships[target.Berth];
        return ship->State.Id == target.Id;
    }

    private void Think(ref Ship ship, ShipGrid grid)
    {
        var around = grid.Look(in ship.State);
        var toTarget = Aim(ref ship, around.NearestEnemy);
        var toPoint = FollowPath(ref ship);
        var wake = TrailRules.Wake(ship.Trail.AsSpan(), Space);
        ShipRules.Steer(ref ship.State, in around, toPoint, toTarget, wake);
        SendMessage(ship.State.Berth);
    }

    private Vector2? Aim(ref Ship ship, int nearestEnemy)
    {
        if (TryFind(ship.Target, out var target))
        {
            var toTarget = Space.Delta(ship.State.Position, target->State.Position);
            if (ShipRules.KeepsLock(toTarget))
                return toTarget;
        }
        ship.Target = default;
        if (nearestEnemy < 0)
            return null;
        target = _ships[nearestEnemy];
        ship.Target = new TargetLock { Berth = nearestEnemy, Id = target->State.Id };
        return Space.Delta(ship.State.Position, target->State.Position);
    }

    private Vector2 FollowPath(ref Ship ship)
    {
        var point = PathRules.CurrentPoint(in ship.State, Frame);
        if (ship.Path == null || point >= ship.PathLength)
        {
            var pathBytes = ship.PathLength * sizeof(Vector2);
            FreeOrForget(ship.Path, pathBytes, Forgettable.Path, ship.State.Berth);
            var rng = Decide(Decision.Plan, ship.State.Berth);
            ship.PathLength = PathRules.ChooseLength(ref rng);
            ship.Path = NewArray<Vector2>(ship.PathLength);
            PathRules.Plan(new Span<Vector2>(ship.Path, ship.PathLength), ship.State.Position, Space, ref rng);
            ship.State.PathStart = Frame;
            Allocations++;
            point = 0;
        }
        return Space.Delta(ship.State.Position, ship.Path[point]);
    }

    private void SendMessage(int fromBerth)
    {
        var rng = Decide(Decision.Send, fromBerth);
        var berth = ShipRules.Wingman(fromBerth);
        if (!MessageRules.IsDue(ref rng) || berth >= Settings.Ships || _ships[berth]->Inbox != null)
            return;
        ref var wingman = ref *_ships[berth];
        wingman.InboxBytes = MessageRules.ChooseBytes(ref rng);
        wingman.Inbox = NewArray<byte>(wingman.InboxBytes);
        wingman.State.MessageArrival = Frame + MessageRules.Flight(ref rng);
        MessageRules.Write(new Span<byte>(wingman.Inbox, wingman.InboxBytes), ref rng);
        Allocations++;
    }

    private void Lengthen(ref Trail trail, Vector2 point)
    {
        if (trail.Count == TrailRules.MaximumPoints)
        {
            trail.AsSpan()[1..].CopyTo(trail.AsSpan());
            trail.Count--;
        }
        else if (trail.Count == trail.Capacity)
        {
            trail.Capacity = TrailRules.Grow(trail.Capacity);
            trail.Points = (Vector2*)NativeMemory.Realloc(
                trail.Points, (nuint)trail.Capacity * (nuint)sizeof(Vector2));
            Allocations++;
        }
        trail.Points[trail.Count++] = point;
    }

    private bool StepShot(ref Shot shot, ref FrameView view)
    {
        if (TryFind(shot.Target, out var target))
            ShotRules.Seek(ref shot.State, target->State.Position, Space);
        if (!ShotRules.Step(ref shot.State, Space))
            return false;
        var hit = ShotRules.FindHit(in shot.State, view.Grid);
        if (hit >= 0)
        {
            ShipRules.Hit(ref _ships[hit]->State);
            return false;
        }
        if (TrailRules.IsDue(shot.State.FramesLeft))
            Lengthen(ref shot.Trail, shot.State.Position);
        view.Picture.Draw(shot.State.Position, Colours.Shot);
        return true;
    }

    private bool StepPickup(ref Pickup pickup, ref FrameView view)
    {
        if (!PickupRules.Step(ref pickup.State, Space))
            return false;
        var finder = PickupRules.FindFinder(in pickup.State, view.Grid);
        if (finder >= 0)
        {
            ShipRules.Find(ref _ships[finder]->State, in pickup.State, ReadLog(ref pickup));
            return false;
        }
        view.Picture.Draw(pickup.State.Position, Colours.Pickup);
        return true;
    }
}
