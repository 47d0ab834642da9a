// The tabs, which can be dragged, without the bounds that GraphiQL gives them: with these, Motion moves tabs that nobody
// drags whenever the window changes its size, and a click on one of them is lost
// (https://github.com/motiondivision/motion/issues/3823).

import { createElement, forwardRef } from 'react'
import { Reorder as Motion } from 'framer-motion'

const Item = forwardRef(({ dragConstraints, ...props }, ref) => createElement(Motion.Item, { ...props, ref }))

export const Reorder = { ...Motion, Item }
